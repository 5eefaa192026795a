"""What the performance page is made from: each module measures one thing."""
