"""PTX as C++: a struct a kernel, a statement an instruction. What an instruction does is in ptx.h,
under its name: one that is not there is an error of the compiler's."""

from __future__ import annotations

import re

SPELLING = (
    (r"[][{}$]", ""),
    (r"\|", ", "),
    (r"%(\w+)\.x", r"\1_x"),
    (r"%([a-z]+)(\d+)", r"\1[\2]"),
    (r"\b0f([0-9A-F]{8})\b", r"from_bits<f32>(u32(0x\1))"),
    (r"\b0d([0-9A-F]{16})\b", r"from_bits<f64>(u64(0x\1))"),
    (r"\b\w+_param_(\d+)", r"arguments[\1]"),
)
"""Operands: a vector's registers one by one, then an address, a predicate, a number."""

MEMORY = re.compile(r"(ld|st)\.(?:global|global\.nc|shared)(?:\.v\d)?\.(\w+)")
"""A load or store, of whatever memory: the host has one."""


def to_cpp(ptx: str) -> str:
    """The kernels, and KERNELS, which has them by name."""
    ptx = re.sub(r"//.*", "", ptx)
    shared = re.findall(r"^\.shared \.align (\d+) \.b8 (\w+)\[(\d+)\];", ptx, re.MULTILINE)
    kernels = re.findall(r"^\.visible \.entry (\w+)\(.*?^\{(.*?)^\}", ptx, re.MULTILINE | re.DOTALL)
    parts = [f"alignas({boundary}) b8 {name}[{size}];" for boundary, name, size in shared]
    parts += [
        "void poison_shared() {",
        *(f"    poison({name}, sizeof {name});" for _, name, _ in shared),
        "}",
    ]
    for name, body in kernels:
        parts += kernel(name, body)
    names = ", ".join(f'{{"{name}", launch<{name}>}}' for name, _ in kernels)
    return "\n".join([*parts, f"const std::map<std::string, Launch> KERNELS = {{{names}}};"])


def without_barrier(ptx: str, number: int) -> str:
    """Each kernel without its first barrier (0), its second (1), ..."""
    kernels = re.split(r"(?=^\.visible)", ptx, flags=re.MULTILINE)
    for i, text in enumerate(kernels):
        for barrier in list(re.finditer(r"bar\.sync.*;", text))[number : number + 1]:
            kernels[i] = text[: barrier.start()] + text[barrier.end() :]
    return "".join(kernels)


def kernel(name: str, body: str) -> list[str]:
    registers, statements = [], []
    for line in (" ".join(line.split()) for line in body.splitlines()):
        if register := re.fullmatch(r"\.reg \.(\w+) %(\w+)<(\d+)>;", line):
            kind, family, count = register.groups()
            registers.append(f"    {kind} {family}[{count}];")
        elif line and line != '.pragma "nounroll";':
            statements.append("        " + statement(line))
    return [
        f"struct {name} : Thread {{",
        *registers,
        # What memory it reaches is looked at, not its own registers.
        '    __attribute__((no_sanitize("address", "undefined")))',
        "    void run(void **arguments) {",
        "        switch (place) { case 0:;",
        *statements,
        "        }",
        "    }",
        "};",
    ]


def statement(line: str) -> str:
    if label := re.fullmatch(r"\$(\w+):", line):
        return f"{label[1]}:;"
    parsed = re.fullmatch(r"(?:@(!?%p\d+) )?([a-z][\w.]*)(?: (.*))?;", line)
    if parsed is None:
        raise ValueError(f"not an instruction: {line}")
    guard, operation, operands = parsed[1], parsed[2], spelt(parsed[3] or "")
    if memory := MEMORY.fullmatch(operation):
        name, kind = memory.groups()
        # The address first, since there are one or more registers.
        if name == "ld":
            registers, address = operands.rsplit(", ", 1)
        else:
            address, registers = operands.split(", ", 1)
        call = f"{name}<{kind}>({address}, {registers})"
    else:
        call = f"{operation.replace('.', '_')}({operands})"
    return f"if ({spelt(guard)}) {call};" if guard else f"{call};"


def spelt(text: str) -> str:
    for pattern, spelling in SPELLING:
        text = re.sub(pattern, spelling, text)
    return text
