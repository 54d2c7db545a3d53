//! Answers of every structure, from a grammar: what a rule can't finish in time it cuts short.

use super::random::Random;

/// Structures to begin with, each searched for on its own.
pub const STRUCTURES: &[&str] = &[
    "list",
    "set",
    "interval",
    "union",
    "inequality",
    "chain",
    "approximation",
    "unit",
    "text",
    "power",
    "fraction",
    "sum",
    "product",
    "functions",
    "roots",
    "number",
    "numbers",
    "matrix",
    "cases",
    "broken",
    "dollars",
    "boxes",
    "builder",
    "signs",
    "jumps",
    "system",
    "scripts",
    "choices",
    "any",
];

/// What a name in angle brackets may become; the first alternative ends soonest.
const RULES: &[(&str, &[&str])] = &[
    (
        "any",
        &[
            "x",
            "⟨list⟩",
            "⟨set⟩",
            "⟨interval⟩",
            "⟨union⟩",
            "⟨inequality⟩",
            "⟨chain⟩",
            "⟨approximation⟩",
            "⟨unit⟩",
            "⟨text⟩",
            "⟨sum⟩",
            "⟨matrix⟩",
            "⟨cases⟩",
            "⟨builder⟩",
            "⟨signs⟩",
            "⟨system⟩",
            "⟨broken⟩",
            "⟨dollars⟩",
            "⟨boxes⟩",
            "⟨any⟩⟨any⟩",
        ],
    ),
    (
        "letter",
        &[
            "x", "y", "n", "a", "b", "k", "z", "t", "A", "T", r"\alpha", r"\theta", "e", "i",
            r"\pi", "x_1", "a_{12}", "S", "C",
        ],
    ),
    ("digit", &["1", "2", "3", "7", "9", "0", "10", "12", "99"]),
    ("digits", &["⟨digit⟩", "⟨digit⟩⟨digits⟩", "⟨digit⟩⟨digit⟩⟨digit⟩⟨digits⟩"]),
    (
        "number",
        &[
            "1",
            "⟨digits⟩",
            "⟨digits⟩.⟨digits⟩",
            ".⟨digits⟩",
            r"0.\overline{⟨digits⟩}",
            "⟨digits⟩,⟨digits⟩",
            "⟨digits⟩{,}⟨digits⟩",
            r"⟨digits⟩\times10^{⟨digit⟩}",
            "⟨digits⟩e⟨digit⟩",
            "⟨digits⟩_⟨digit⟩",
            r"⟨digit⟩\frac{⟨digits⟩}{⟨digits⟩}",
            r"⟨digits⟩\%",
            r"⟨digits⟩^\circ",
            "⟨digit⟩!",
            "⟨digits⟩/⟨digits⟩",
            "1,000,000",
        ],
    ),
    (
        "numbers",
        &[
            "⟨number⟩",
            "⟨number⟩ ⟨numbers⟩",
            "⟨number⟩,⟨numbers⟩",
            "⟨number⟩+⟨numbers⟩",
            "⟨number⟩-⟨numbers⟩",
            r"⟨number⟩\,⟨numbers⟩",
        ],
    ),
    (
        "atom",
        &[
            "x",
            "⟨letter⟩",
            "⟨number⟩",
            "(⟨sum⟩)",
            "{⟨sum⟩}",
            r"\frac{⟨sum⟩}{⟨sum⟩}",
            r"\sqrt{⟨sum⟩}",
            "⟨function⟩",
            "⟨atom⟩^⟨atom⟩",
            "|⟨sum⟩|",
        ],
    ),
    ("sum", &["x", "⟨term⟩", "⟨term⟩+⟨sum⟩", "⟨term⟩-⟨sum⟩", "⟨sum⟩+⟨term⟩"]),
    (
        "term",
        &[
            "x",
            "⟨atom⟩",
            "⟨atom⟩⟨term⟩",
            r"⟨atom⟩\cdot ⟨term⟩",
            "⟨atom⟩*⟨term⟩",
            "⟨atom⟩/⟨atom⟩",
            "-⟨term⟩",
        ],
    ),
    (
        "product",
        &[
            "x",
            "(⟨letter⟩+⟨number⟩)⟨product⟩",
            "⟨atom⟩⟨product⟩",
            "(⟨sum⟩)⟨product⟩",
            r"(⟨sum⟩)^{⟨digit⟩}⟨product⟩",
            r"⟨letter⟩^{⟨digits⟩}⟨product⟩",
        ],
    ),
    (
        "power",
        &[
            "x",
            "⟨atom⟩^{⟨power⟩}",
            "(⟨sum⟩)^{⟨power⟩}",
            "⟨digit⟩^⟨power⟩",
            "⟨digit⟩**⟨power⟩",
            "e^{⟨power⟩}",
            "(⟨power⟩)^{⟨digits⟩}",
            "(⟨letter⟩+⟨letter⟩+⟨letter⟩)^{⟨digit⟩}⟨power⟩",
            "⟨power⟩+⟨power⟩",
            "⟨digit⟩^{-⟨power⟩}",
        ],
    ),
    (
        "fraction",
        &[
            "1",
            r"\frac{⟨fraction⟩}{⟨fraction⟩}",
            r"\frac{1}{1+⟨fraction⟩}",
            r"\frac⟨digit⟩⟨digit⟩+⟨fraction⟩",
            r"\dfrac{⟨sum⟩}{⟨sum⟩}+⟨fraction⟩",
            "⟨digits⟩/⟨digits⟩+⟨fraction⟩",
            r"\frac{⟨letter⟩}{⟨letter⟩+⟨digit⟩}-⟨fraction⟩",
            "1/(1+⟨fraction⟩)",
        ],
    ),
    (
        "function",
        &[
            "x",
            r"\sin ⟨atom⟩",
            r"\cos(⟨sum⟩)",
            r"\tan^{2}⟨atom⟩",
            r"\arcsin ⟨number⟩",
            r"\arctan(⟨sum⟩)",
            r"\ln ⟨atom⟩",
            r"\log_{⟨atom⟩}{⟨atom⟩}",
            r"\exp(⟨sum⟩)",
            r"\binom{⟨sum⟩}{⟨sum⟩}",
            "⟨atom⟩!",
            r"\sqrt[⟨digit⟩]{⟨sum⟩}",
            r"\max(⟨sum⟩,⟨sum⟩)",
            r"\gcd(⟨sum⟩,⟨number⟩)",
            r"\sinh ⟨atom⟩",
            r"f(⟨sum⟩)",
            r"\sqrt⟨digit⟩",
            r"\operatorname{lcm}(⟨sum⟩,⟨sum⟩)",
            "sqrt(⟨sum⟩)",
            "⟨atom⟩!!",
            r"\log ⟨number⟩",
            r"\arccos ⟨number⟩",
        ],
    ),
    (
        "functions",
        &[
            "x",
            "⟨function⟩",
            "⟨function⟩+⟨functions⟩",
            "⟨function⟩⟨functions⟩",
            "⟨functions⟩-⟨function⟩",
            r"\sin(⟨functions⟩)",
            r"\ln(1+⟨functions⟩)",
            r"\arcsin .⟨digit⟩+⟨functions⟩",
        ],
    ),
    (
        "roots",
        &[
            "2",
            r"\sqrt{⟨roots⟩}",
            r"\sqrt{⟨digits⟩}+⟨roots⟩",
            r"\sqrt[3]{⟨digits⟩}-⟨roots⟩",
            r"(1+\sqrt{⟨digits⟩})⟨roots⟩",
            r"\sqrt{⟨digits⟩+\sqrt{⟨digits⟩}}⟨roots⟩",
            r"\frac{⟨roots⟩}{\sqrt⟨digit⟩+\sqrt{⟨digits⟩}}",
            r"⟨digit⟩\sqrt⟨digit⟩+⟨roots⟩",
        ],
    ),
    (
        "item",
        &[
            "x",
            "⟨number⟩",
            "⟨letter⟩",
            "⟨sum⟩",
            "(⟨number⟩,⟨number⟩)",
            "x=⟨number⟩",
            r"\text{⟨word⟩}",
            r"\pm⟨number⟩",
            "⟨function⟩",
            "⟨fraction⟩",
            "⟨roots⟩",
            "⟨interval⟩",
            "⟨set⟩",
            "⟨unit⟩",
        ],
    ),
    ("comma", &[",", ", ", ";", " and ", " or ", r"\text{ or }", "，", r",\ ", r"\quad ", "、"]),
    (
        "list",
        &[
            "1",
            "⟨item⟩⟨comma⟩⟨list⟩",
            "⟨item⟩,⟨list⟩",
            "⟨number⟩,⟨list⟩",
            "⟨number⟩, ⟨list⟩",
            "(⟨list⟩),⟨list⟩",
            r"\sqrt{⟨digits⟩},⟨list⟩",
            "x_{⟨digits⟩}=⟨number⟩,⟨list⟩",
        ],
    ),
    (
        "set",
        &[
            r"\{1\}",
            r"\{⟨list⟩\}",
            "{⟨list⟩}",
            r"\left\{⟨list⟩\right\}",
            r"⟨letter⟩\in\{⟨list⟩\}",
            r"\{⟨set⟩,⟨list⟩\}",
            r"⟨set⟩\cup⟨set⟩",
            r"⟨set⟩\setminus⟨set⟩",
            r"\mathbb{R}\setminus\{⟨list⟩\}",
            r"\emptyset",
        ],
    ),
    (
        "end",
        &[
            "1",
            "⟨number⟩",
            r"\infty",
            r"-\infty",
            "⟨sum⟩",
            r"\sqrt{⟨digits⟩}",
            r"\frac{⟨digits⟩}{⟨digits⟩}",
            r"⟨number⟩+\arcsin .⟨digit⟩",
            "⟨functions⟩",
            "⟨power⟩",
            "⟨roots⟩",
        ],
    ),
    (
        "interval",
        &[
            "(1,2)",
            "(⟨end⟩,⟨end⟩)",
            "[⟨end⟩,⟨end⟩)",
            "(⟨end⟩,⟨end⟩]",
            "[⟨end⟩,⟨end⟩]",
            r"\left(⟨end⟩,⟨end⟩\right]",
            "]⟨end⟩,⟨end⟩[",
        ],
    ),
    (
        "union",
        &[
            "(1,2)",
            r"⟨interval⟩\cup ⟨union⟩",
            "⟨interval⟩∪⟨union⟩",
            r"⟨interval⟩\cap⟨union⟩",
            r"⟨union⟩\setminus⟨interval⟩",
            r"⟨interval⟩\text{ or }⟨union⟩",
            r"\{⟨list⟩\}\cup⟨union⟩",
            r"(⟨digits⟩,⟨digits⟩)\cup⟨union⟩",
            r"x\in⟨union⟩",
        ],
    ),
    (
        "relation",
        &[
            "<", ">", r"\le ", r"\ge ", "≤", r"\leq ", r"\ne ", "=", r"\neq ", r"\in ", r"\equiv ",
            "≠",
        ],
    ),
    (
        "inequality",
        &[
            "x>1",
            "x⟨relation⟩⟨end⟩",
            "x⟨relation⟩⟨end⟩,⟨inequality⟩",
            r"x\ne ⟨end⟩,⟨inequality⟩",
            r"x⟨relation⟩⟨end⟩\text{ or }⟨inequality⟩",
            "⟨end⟩<x<⟨end⟩ or ⟨inequality⟩",
            "⟨end⟩⟨relation⟩⟨letter⟩⟨relation⟩⟨end⟩ and ⟨inequality⟩",
            r"|⟨sum⟩|\le ⟨number⟩",
            r"x\ne⟨digits⟩+\arcsin .⟨digit⟩,⟨inequality⟩",
        ],
    ),
    (
        "chain",
        &[
            "x=1",
            "⟨sum⟩=⟨chain⟩",
            "⟨number⟩=⟨chain⟩",
            "⟨end⟩⟨relation⟩⟨chain⟩",
            "⟨letter⟩=⟨letter⟩=⟨chain⟩",
            "⟨functions⟩=⟨chain⟩",
            "⟨list⟩=⟨chain⟩",
        ],
    ),
    ("near", &["≈", r"\approx ", r"\simeq ", r"\cong ", r"\sim ", "=", "≡"]),
    (
        "approximation",
        &[
            "1",
            "⟨number⟩⟨near⟩⟨approximation⟩",
            "⟨sum⟩⟨near⟩⟨approximation⟩",
            "⟨number⟩≈⟨approximation⟩",
            "⟨roots⟩⟨near⟩⟨approximation⟩",
            "⟨list⟩⟨near⟩⟨approximation⟩",
            "⟨functions⟩≈⟨approximation⟩",
            "⟨interval⟩≈⟨approximation⟩",
        ],
    ),
    (
        "unit name",
        &[
            "cm",
            "m/s",
            "km",
            "kg",
            "hours",
            "feet",
            "square meters",
            "apples",
            "°",
            "dollars",
            "m^2",
            r"\frac{m}{s}",
            "cm^3",
            "per cent",
            "miles per hour",
            "million",
            "dozen",
        ],
    ),
    (
        "unit",
        &[
            "1 cm",
            r"⟨number⟩\text{ ⟨unit name⟩}",
            "⟨number⟩ ⟨unit name⟩ ⟨unit⟩",
            r"⟨sum⟩\text{ ⟨unit name⟩} + ⟨unit⟩",
            r"\$⟨number⟩, ⟨unit⟩",
            r"⟨number⟩\ \mathrm{⟨unit name⟩}⟨unit⟩",
            "⟨number⟩⟨unit name⟩⟨unit⟩",
            r"⟨number⟩^\circ ⟨unit⟩",
            r"⟨number⟩\%⟨unit⟩",
        ],
    ),
    (
        "word",
        &[
            "a", "the", "yes", "no", "answer", "is", "not", "black", "cat", "нет", "да", "甲",
            "乙丙", "はい", "جواب", "αβγ", "é", "ﬁ", "İ", "ß", "hundred", "twelve", "and", "or",
            "HHT", "ABCDE", "x", "number", "none",
        ],
    ),
    (
        "text",
        &[
            "a",
            "⟨word⟩ ⟨text⟩",
            r"\text{⟨text⟩}",
            "⟨word⟩⟨text⟩",
            "⟨word⟩, ⟨text⟩",
            r"\text{⟨word⟩ }⟨sum⟩⟨text⟩",
            r"\mathrm{⟨word⟩}⟨text⟩",
            "⟨word⟩. ⟨text⟩",
            r"\text{⟨text⟩",
            "⟨text⟩ ⟨number⟩",
            r"\overline{⟨word⟩}⟨text⟩",
        ],
    ),
    (
        "script",
        &[
            "１", "２３", "٣", "²", "₃", "½", "①", "𝟏", "⁻¹", "（", "）", "，", "＝", "x̄", "π",
            "√", "∞", "×", "−", "·", "≤", "∪", "…", "\u{200b}", "\u{feff}", "\u{301}", "𝑥", "Ⅳ",
            "％", "￥", "′", "″", "‰",
        ],
    ),
    (
        "scripts",
        &[
            "１",
            "⟨script⟩⟨scripts⟩",
            "⟨script⟩⟨number⟩⟨scripts⟩",
            "⟨letter⟩⟨script⟩⟨scripts⟩",
            "√⟨scripts⟩",
            "⟨scripts⟩+⟨scripts⟩",
            "²⟨scripts⟩",
            "⟨script⟩⟨script⟩⟨script⟩⟨scripts⟩",
        ],
    ),
    ("entry", &["1", "⟨number⟩", "⟨sum⟩", "⟨letter⟩", "⟨fraction⟩", "⟨functions⟩"]),
    ("rows", &["1", "⟨entry⟩&⟨rows⟩", r"⟨entry⟩\\⟨rows⟩", "⟨entry⟩ & ⟨entry⟩ \\\\ ⟨rows⟩"]),
    (
        "matrix",
        &[
            "1",
            r"\begin{pmatrix}⟨rows⟩\end{pmatrix}",
            r"⟨entry⟩\begin{bmatrix}⟨rows⟩\end{bmatrix}⟨matrix⟩",
            r"\begin{pmatrix}⟨rows⟩\end{pmatrix}+⟨matrix⟩",
            r"\begin{pmatrix}⟨matrix⟩\end{pmatrix}",
            r"(⟨sum⟩)⟨matrix⟩",
            r"\begin{vmatrix}⟨rows⟩\end{vmatrix}",
            "[[⟨list⟩],[⟨list⟩]]",
            r"\langle ⟨list⟩\rangle",
        ],
    ),
    (
        "cases",
        &[
            "1",
            r"\begin{cases}⟨rows⟩\end{cases}",
            r"\begin{cases}⟨sum⟩ & ⟨inequality⟩ \\ ⟨cases⟩\end{cases}",
            r"\begin{aligned}⟨chain⟩\\⟨cases⟩\end{aligned}",
            r"\begin{array}{c}⟨rows⟩\end{array}⟨cases⟩",
        ],
    ),
    (
        "bracket",
        &[
            "(",
            "[",
            "{",
            r"\{",
            ")",
            "]",
            "}",
            r"\}",
            "|",
            r"\left(",
            r"\right)",
            r"\left",
            r"\right.",
            r"\lfloor",
            r"\rceil",
            r"\langle",
            r"\frac{",
            r"\sqrt[",
            r"\text{",
            r"\begin{pmatrix}",
            r"\end{cases}",
            r"\overline{",
            "⌊",
            "⌉",
            r"\|",
            "^{",
            "_{",
            r"\log_{",
            r"\binom{",
        ],
    ),
    (
        "broken",
        &[
            "(",
            "⟨bracket⟩⟨broken⟩",
            "⟨bracket⟩⟨number⟩⟨broken⟩",
            "⟨bracket⟩⟨bracket⟩⟨bracket⟩⟨broken⟩",
            "⟨sum⟩⟨bracket⟩⟨broken⟩",
            "⟨bracket⟩⟨any⟩",
            "⟨broken⟩,⟨broken⟩",
            r"\⟨broken⟩",
            "⟨broken⟩⟨list⟩",
        ],
    ),
    (
        "dollars",
        &[
            "$",
            "$⟨dollars⟩",
            "$$⟨dollars⟩",
            "$⟨sum⟩$⟨dollars⟩",
            r"\$⟨dollars⟩",
            "$⟨number⟩⟨dollars⟩",
            "⟨dollars⟩⟨text⟩",
            r"\(⟨dollars⟩\)",
            r"\[⟨dollars⟩",
            "$⟨number⟩$, ⟨dollars⟩",
            "$ ⟨dollars⟩",
        ],
    ),
    (
        "boxes",
        &[
            "1",
            r"\boxed{⟨boxes⟩}",
            r"\boxed{⟨boxes⟩",
            r"\boxed ⟨boxes⟩",
            r"\fbox{⟨sum⟩}⟨boxes⟩",
            r"\boxed⟨boxes⟩",
            r"⟨boxes⟩}",
            r"\boxed{⟨list⟩}, ⟨boxes⟩",
            r"$\boxed{⟨number⟩}$ ⟨boxes⟩",
            r"\boxed{\text{⟨boxes⟩}}",
            r"\b⟨boxes⟩",
            r"\boxed{}⟨boxes⟩",
        ],
    ),
    (
        "builder",
        &[
            r"\{x\}",
            r"\{⟨letter⟩ \mid ⟨inequality⟩\}",
            r"\{⟨sum⟩ : ⟨letter⟩\in\mathbb{Z}\}",
            r"\{x\in\mathbb{R}: ⟨inequality⟩\}",
            r"\{⟨list⟩ \mid ⟨chain⟩\}",
            r"⟨builder⟩\cup⟨builder⟩",
            r"⟨sum⟩, k\in\mathbb{Z}",
            r"\{⟨builder⟩ | ⟨builder⟩\}",
        ],
    ),
    (
        "signs",
        &[
            "1",
            r"⟨number⟩\pm⟨signs⟩",
            r"\pm⟨signs⟩",
            "-⟨signs⟩",
            "+⟨signs⟩",
            r"\mp⟨signs⟩",
            r"⟨atom⟩\pm⟨signs⟩",
            "--⟨signs⟩",
            r"\sqrt{⟨signs⟩}",
            r"⟨signs⟩,⟨signs⟩",
            "±⟨signs⟩",
            r"\frac{⟨signs⟩}{⟨signs⟩}",
        ],
    ),
    (
        "jumps",
        &[
            "x",
            r"\lfloor ⟨jumps⟩\rfloor",
            r"\lceil ⟨sum⟩\rceil+⟨jumps⟩",
            r"|⟨letter⟩-⟨digits⟩|+⟨jumps⟩",
            r"\lfloor \frac{⟨letter⟩+⟨digits⟩}{⟨digits⟩}\rfloor+⟨jumps⟩",
            r"\max(⟨jumps⟩,⟨jumps⟩)",
            r"\min(⟨letter⟩,⟨digits⟩)⟨jumps⟩",
            r"\gcd(⟨letter⟩,⟨digits⟩)+⟨jumps⟩",
            "|⟨jumps⟩|",
            r"(-1)^{⟨jumps⟩}",
            r"\lfloor\log_2 ⟨jumps⟩\rfloor",
            r"⟨letter⟩\bmod ⟨digits⟩+⟨jumps⟩",
        ],
    ),
    (
        "system",
        &[
            "x=1",
            "⟨letter⟩=⟨number⟩,⟨system⟩",
            "⟨sum⟩=⟨sum⟩,⟨system⟩",
            r"⟨letter⟩=⟨sum⟩\text{ and }⟨system⟩",
            "(⟨letter⟩,⟨letter⟩)=(⟨number⟩,⟨number⟩),⟨system⟩",
            r"⟨sum⟩\equiv ⟨number⟩\pmod{⟨number⟩},⟨system⟩",
            "f(x)=⟨sum⟩,⟨system⟩",
            "x:y:z=⟨number⟩:⟨number⟩:⟨number⟩",
            "⟨number⟩:⟨system⟩",
        ],
    ),
    (
        "choices",
        &[
            "A",
            "(A) ⟨choices⟩",
            "A, ⟨choices⟩",
            "B. ⟨sum⟩ ⟨choices⟩",
            r"\text{(C)}⟨choices⟩",
            "A⟨choices⟩",
            "Yes, ⟨choices⟩",
            "no: ⟨choices⟩",
            "⟨letter⟩) ⟨choices⟩",
            "Option ⟨choices⟩",
        ],
    ),
];

/// A text of the structure, some `length` bytes long.
///
/// Half of them know few alternatives of each rule, and repeat themselves up to their length: what
/// costs a little each time is found so.
pub fn write(structure: &str, length: usize, random: &mut Random) -> String {
    if random.one_in(2) {
        return once(structure, length, &mut |alternatives| random.below(alternatives));
    }
    let style = [random.below(1 << 20), random.below(1 << 20)];
    let joint = *random.of(&[
        "", ",", ", ", " ", "+", "=", r"\cup ", "≈", " or ", r"\\", r"\cdot ", "(", "/", "^",
    ]);
    let mut text = String::new();
    while text.len() < length {
        let mut choose = |alternatives: usize| {
            let known = style[random.below(2)];
            (known.wrapping_mul(alternatives * 2 + 1) >> 7) % alternatives
        };
        text += &once(structure, (length - text.len()).min(200), &mut choose);
        text += joint;
    }
    text.truncate(text.len() - joint.len());
    text
}

fn once(structure: &str, length: usize, choose: &mut impl FnMut(usize) -> usize) -> String {
    let mut text = String::new();
    let mut pending = vec![(structure, true)];
    while let Some((part, is_rule)) = pending.pop() {
        if !is_rule {
            text += part;
            continue;
        }
        let alternatives = alternatives(part);
        // What is pending will be written too, if only a byte each.
        let at = if text.len() + pending.len() < length { choose(alternatives.len()) } else { 0 };
        pending.extend(parts(alternatives[at]).into_iter().rev());
    }
    text
}

fn alternatives(name: &str) -> &'static [&'static str] {
    let rule = RULES.iter().find(|(rule, _)| *rule == name);
    rule.unwrap_or_else(|| panic!("no rule {name}")).1
}

/// The parts of an alternative: texts, and names of rules.
fn parts(alternative: &str) -> Vec<(&str, bool)> {
    let mut parts = Vec::new();
    for piece in alternative.split('⟨') {
        match piece.split_once('⟩') {
            Some((name, text)) => parts.extend([(name, true), (text, false)]),
            None => parts.push((piece, false)),
        }
    }
    parts
}
