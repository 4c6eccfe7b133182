"""Makes the batches of an epoch of CIFAR-10 for each line of standard input; prints a line of JSON for each.

`python pipeline.py --form loader|batch --data-root DIR`, with torchvision on PYTHONPATH. `loader` is what users write: a data set whose
items go through torchvision's v2 transforms, and a DataLoader. `batch` is the same augmentation, with numbers of each image's own, by
tensor operations on a whole batch of bytes.
"""

import argparse
import json
import re
import sys
import time
from pathlib import Path

import torch


def read(root: Path):
    """Images [50000, 3, 32, 32] (uint8) and labels of the binary files."""
    files = [root / "cifar10" / f"data_batch_{k}.bin" for k in range(1, 6)]
    rows = torch.cat([torch.frombuffer(bytearray(f.read_bytes()), dtype=torch.uint8) for f in files]).view(-1, 3073)
    return rows[:, 1:].reshape(-1, 3, 32, 32).contiguous(), rows[:, 0].long()


def import_transforms():
    """torchvision's v2 transforms, and what has to live as long as they do."""
    library = torch.library.Library("torchvision", "FRAGMENT")
    while True:
        # Importing torchvision registers fake kernels for the operations of its compiled part. Where that part is built for CUDA and
        # PyTorch is not, the operations have to be declared; no transform needs them.
        try:
            from torchvision.transforms import v2

            return v2, library
        except RuntimeError as error:
            missing = re.search(r"operator torchvision::(\w+) does not exist", str(error))
            if not missing:
                raise
            library.define(f"{missing[1]}() -> ()")
            for name in [m for m in sys.modules if m.split(".")[0] == "torchvision"]:
                del sys.modules[name]


class Images(torch.utils.data.Dataset):
    def __init__(self, images, labels, transform):
        self.images, self.labels, self.transform = images, labels, transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.transform(self.images[index]), self.labels[index]


def loader_epochs(images, labels, a):
    v2, library = import_transforms()
    augmentation = [v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip()] if a.augmentation != "none" else []
    transform = v2.Compose([*augmentation, v2.ToDtype(torch.float32, scale=True)])
    loader = torch.utils.data.DataLoader(
        Images(images, labels, transform), batch_size=a.batch, shuffle=True, drop_last=True, num_workers=a.workers,
        persistent_workers=a.workers > 0)
    while True:
        yield loader


def batch_epochs(images, labels, a):
    rows, columns = torch.arange(32).view(1, 32, 1), torch.arange(32).view(1, 1, 32)

    def batches():
        for indices in torch.randperm(len(labels)).split(a.batch):
            if len(indices) < a.batch:
                return
            batch = images[indices]
            if a.augmentation != "none":
                padded = torch.nn.functional.pad(batch, (4, 4, 4, 4)).flatten(2)
                dy, dx = torch.randint(9, (2, len(indices), 1, 1))
                mirrored = torch.rand(len(indices), 1, 1) < 0.5
                places = (rows + dy) * 40 + torch.where(mirrored, 31 - columns, columns) + dx
                batch = padded.gather(2, places.view(-1, 1, 1024).expand(-1, 3, -1)).view_as(batch)
            yield batch.float() / 255, labels[indices]

    while True:
        yield batches()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--form", choices=["loader", "batch"], required=True)
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument("--augmentation", choices=["crop,flip", "none"], default="crop,flip")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=0, help="processes of the DataLoader")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    images, labels = read(a.data_root)
    held = images.nbytes + labels.nbytes
    mean = (images[:1000].float() / 255).double().mean().item()
    print(json.dumps(dict(bytes=held, mean=mean, torch=torch.__version__)), flush=True)
    epochs = (loader_epochs if a.form == "loader" else batch_epochs)(images, labels, a)
    for _ in sys.stdin:
        start, count, checksum = time.perf_counter(), 0, 0.0
        for inputs, _ in next(epochs):
            count += len(inputs)
            checksum += inputs[0, 0, 0, 0].item()
        print(json.dumps(dict(images=count, seconds=time.perf_counter() - start, checksum=checksum)), flush=True)


if __name__ == "__main__":
    main()
