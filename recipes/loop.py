"""A plain training loop in PyTorch, before PBT comes to it."""

import torch

from moons import training_and_validation

training, validation = training_and_validation()
x, y = map(torch.from_numpy, training)
x_valid, y_valid = map(torch.from_numpy, validation)
torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2)
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

for epoch in range(1, 11):
    for rows in torch.randperm(len(x)).split(32):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        right = model(x_valid).argmax(dim=1) == y_valid
    print(epoch, right.float().mean().item())

torch.save(model.state_dict(), "model.pt")
