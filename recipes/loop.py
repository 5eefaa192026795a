"""A plain training loop in PyTorch, before PBT comes to it."""

import torch
from moons import training_and_validation

(x, y), (x_valid, y_valid) = [
    (torch.from_numpy(x), torch.from_numpy(y)) for x, y in training_and_validation()
]
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

for epoch in range(1, 11):
    for rows in torch.randperm(len(x)).split(32):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
    with torch.no_grad():
        accuracy = (model(x_valid).argmax(dim=1) == y_valid).float().mean().item()
    print(epoch, accuracy)

torch.save(model.state_dict(), "model.pt")
