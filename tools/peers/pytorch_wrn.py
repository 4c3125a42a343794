#!/usr/bin/env python3
"""The peer of WrnEngine's GPU figures: the same network and recipe in PyTorch, as its users would write it and with what makes it fast.

    pytorch_wrn.py --probe
    pytorch_wrn.py --depth 16 --k 8 --batch 128 --precision float32|tf32|bf16 --compile off|default|reduce-overhead|max-autotune
                   [--layout channels_last|contiguous] [--steps 50] [--warmup 20] [--image-size 32] [--device cuda:0]

Measures a training step (forward, backward, SGD with Nesterov momentum) on one random batch that stays on the device; cudnn.benchmark is on.
compile=reduce-overhead and max-autotune replay CUDA graphs. Prints one JSON object as its last line: medians over the steps after the warm-up.
Exit code 3: PyTorch, the device or the mode is not there; one sentence on the error stream says which.
"""
import argparse
import json
import statistics
import sys
import time

NOT_THERE = 3


def give_up(sentence):
    print(f"pytorch_wrn.py: {sentence}", file=sys.stderr)
    sys.exit(NOT_THERE)


try:
    import torch
    import torch.nn.functional as F
    from torch import nn
except ImportError as error:
    give_up(f"PyTorch is not installed for {sys.executable} ({error})")


class Block(nn.Module):
    """BN-ReLU-conv twice; a 1x1 convolution of the shared pre-activation where the shape changes."""

    def __init__(self, before, width, stride):
        super().__init__()
        self.bn0 = nn.BatchNorm2d(before)
        self.conv0 = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv1 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.convdim = nn.Conv2d(before, width, 1, stride, bias=False) if before != width else None

    def forward(self, x):  # [N, before, H, W] -> [N, width, H / stride, W / stride]
        activated = F.relu(self.bn0(x), inplace=True) if self.convdim is not None else F.relu(self.bn0(x))
        branch = self.conv1(F.relu(self.bn1(self.conv0(activated)), inplace=True))
        return branch + (x if self.convdim is None else self.convdim(activated))


class WideResNet(nn.Module):
    """WRN-depth-k of arXiv 1605.07146 with blocks B(3,3)."""

    def __init__(self, depth, k, classes=10):
        super().__init__()
        layers, width = [nn.Conv2d(3, 16, 3, padding=1, bias=False)], 16
        for group in range(3):
            for block in range((depth - 4) // 6):
                after = (16 << group) * k
                layers.append(Block(width, after, stride=2 if group > 0 and block == 0 else 1))
                width = after
        self.layers = nn.Sequential(*layers)
        self.bn = nn.BatchNorm2d(width)
        self.fc = nn.Linear(width, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.uniform_(module.weight)

    def forward(self, images):  # [N, 3, H, W] -> [N, classes]
        return self.fc(F.relu(self.bn(self.layers(images))).mean((2, 3)))


def sgd(model, on_gpu):
    recipe = dict(lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True)
    if on_gpu:
        try:
            return torch.optim.SGD(model.parameters(), fused=True, **recipe), "fused"
        except (TypeError, RuntimeError):  # older versions have no fused SGD
            pass
    try:
        return torch.optim.SGD(model.parameters(), foreach=True, **recipe), "foreach"
    except TypeError:
        return torch.optim.SGD(model.parameters(), **recipe), "plain"


def seconds_of_steps(step, count, on_gpu):
    """The time from the start of each step to the start of the next; on a GPU by its own clock, without the host waiting in between."""
    if not on_gpu:
        marks = [time.perf_counter()]
        for _ in range(count):
            step()
            marks.append(time.perf_counter())
        return [after - before for before, after in zip(marks, marks[1:])]
    marks = [torch.cuda.Event(enable_timing=True) for _ in range(count + 1)]
    marks[0].record()
    for mark in marks[1:]:
        step()
        mark.record()
    torch.cuda.synchronize()
    return [before.elapsed_time(after) / 1e3 for before, after in zip(marks, marks[1:])]


def measure(options):
    device = torch.device(options.device)
    on_gpu = device.type == "cuda"
    if on_gpu and not (torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count()):
        give_up(f"PyTorch {torch.__version__} sees no {options.device}")
    if options.compile != "off" and not hasattr(torch, "compile"):
        give_up(f"PyTorch {torch.__version__} has no torch.compile")
    if options.precision == "bf16" and on_gpu and not torch.cuda.is_bf16_supported():
        give_up(f"{torch.cuda.get_device_name(device)} has no bf16")
    torch.manual_seed(1)
    torch.backends.cudnn.benchmark = True
    tf32 = options.precision == "tf32"
    torch.backends.cudnn.allow_tf32 = tf32
    torch.backends.cuda.matmul.allow_tf32 = tf32
    layout = torch.channels_last if options.layout == "channels_last" else torch.contiguous_format

    model = WideResNet(options.depth, options.k).to(device).to(memory_format=layout)
    images = torch.rand(options.batch, 3, options.image_size, options.image_size, device=device).to(memory_format=layout)
    labels = torch.randint(10, (options.batch,), device=device)
    optimizer, optimizer_kind = sgd(model, on_gpu)
    forward = model if options.compile == "off" else torch.compile(model, mode=options.compile)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=options.precision == "bf16"):
            loss = F.cross_entropy(forward(images), labels)
        loss.backward()
        optimizer.step()
        return loss

    for _ in range(options.warmup):  # also compiles, and lets cuDNN choose
        step()
    if on_gpu:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    start = time.perf_counter()
    seconds = seconds_of_steps(step, options.steps, on_gpu)
    overall = (time.perf_counter() - start) / options.steps
    loss = float(step().detach())
    median = statistics.median(seconds)
    return {
        "network": f"WRN-{options.depth}-{options.k}", "batch": options.batch, "imageSize": options.image_size, "precision": options.precision, "compile": options.compile,
        "layout": options.layout, "optimizer": optimizer_kind, "parameters": sum(p.numel() for p in model.parameters()), "steps": options.steps, "loss": loss,
        "secondsPerStep": median, "secondsPerStepMean": overall, "imagesPerSecond": options.batch / median,
        "peakBytes": torch.cuda.max_memory_allocated() if on_gpu else None, **versions(device),
    }


def versions(device=None):
    on_gpu = torch.cuda.is_available() and (device is None or device.type == "cuda")
    return {
        "python": sys.version.split()[0], "torch": torch.__version__, "torchCuda": torch.version.cuda, "torchCudnn": torch.backends.cudnn.version(),
        "torchDevice": torch.cuda.get_device_name(device) if on_gpu else "cpu",
    }


def main():
    parser = argparse.ArgumentParser(description="Speed of a Wide ResNet's training step in PyTorch.")
    parser.add_argument("--probe", action="store_true", help="print the versions only")
    parser.add_argument("--depth", type=int, default=16)
    parser.add_argument("--k", type=int, default=8)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--image-size", type=int, default=32)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--warmup", type=int, default=20)
    parser.add_argument("--precision", choices=["float32", "tf32", "bf16"], default="bf16")
    parser.add_argument("--compile", choices=["off", "default", "reduce-overhead", "max-autotune"], default="off")
    parser.add_argument("--layout", choices=["channels_last", "contiguous"], default="channels_last")
    parser.add_argument("--device", default="cuda:0")
    options = parser.parse_args()
    print(json.dumps(versions() if options.probe else measure(options)))


if __name__ == "__main__":
    main()
