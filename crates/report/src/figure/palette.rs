//! Colours: variables of the page's style sheet, so that a figure follows light and dark, or plain
//! colours for files.

use explain::Activity;

/// Where a figure is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    /// In the page, which knows the colours.
    Page,
    /// In a file of its own, on white.
    Paper,
}

/// What something is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Text and axes.
    Text,
    /// What matters less.
    Muted,
    /// Grid lines.
    Grid,
    /// The n-th method.
    Method(usize),
    /// What a worker is at.
    Activity(Activity),
}

/// Name, colour on white, colour on black. The methods' are those of Okabe and Ito, darker or
/// lighter where the contrast asks for it: they can be told apart with every kind of colour vision.
const COLOURS: [(&str, &str, &str); 18] = [
    ("text", "#1f2328", "#e6e9ee"),
    ("muted", "#667080", "#9aa4b2"),
    ("grid", "#e7e9ed", "#2c323b"),
    ("method-0", "#0072b2", "#56a9e0"),
    ("method-1", "#d55e00", "#ff8a4d"),
    ("method-2", "#009e73", "#35c99c"),
    ("method-3", "#c05f94", "#e79cc6"),
    ("method-4", "#dd9500", "#f2b632"),
    ("method-5", "#3da5de", "#9bd7f7"),
    ("method-6", "#4a4f57", "#c9ced6"),
    ("method-7", "#8f7a00", "#efe35a"),
    ("download", "#8cc9ee", "#4f9dcb"),
    ("computing", "#009e73", "#22a57d"),
    ("injected", "#86d3bb", "#1d6d56"),
    ("upload", "#0072b2", "#3f82b8"),
    ("serving", "#d55e00", "#f07a35"),
    ("hand-over", "#eebb4d", "#d9a32b"),
    ("idle", "#e1e4e9", "#333a44"),
];

/// Number of methods that have a colour of their own.
const N_METHODS: usize = 8;

/// Strokes of the n-th method, so that it can be told apart without colour: nothing is a solid
/// line.
const DASHES: [Option<&str>; 5] = [
    None,
    Some("7 3"),
    Some("2 3"),
    Some("9 3 2 3"),
    Some("12 4"),
];

impl Ink {
    fn name(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Muted => "muted".to_owned(),
            Self::Grid => "grid".to_owned(),
            Self::Method(index) => format!("method-{}", index % N_METHODS),
            Self::Activity(activity) => activity.name().to_owned(),
        }
    }

    /// The colour, as CSS has it.
    pub(crate) fn colour(self, paint: Paint) -> String {
        let name = self.name();
        let known = COLOURS.iter().find(|(known, ..)| *known == name);
        match (paint, known) {
            (Paint::Page, _) => format!("var(--{name})"),
            (Paint::Paper, Some((_, light, _))) => (*light).to_owned(),
            (Paint::Paper, None) => "black".to_owned(),
        }
    }
}

/// The dashes of the n-th method. The page dashes only where colours repeat; on paper there may be
/// no colour.
pub(crate) fn dashes(index: usize, paint: Paint) -> Option<&'static str> {
    match paint {
        Paint::Paper => DASHES[index % DASHES.len()],
        Paint::Page => DASHES[(index / N_METHODS) % DASHES.len()],
    }
}

/// The page's style sheet: every colour as a variable, in light and dark, and dashes in print.
pub(crate) fn style_sheet() -> String {
    let block = |dark: bool| -> String {
        let pick = |&(name, light, night): &(&str, &str, &str)| {
            if dark {
                format!("--{name}:{night};")
            } else {
                format!("--{name}:{light};")
            }
        };
        COLOURS.iter().map(pick).collect()
    };
    let (light, dark) = (block(false), block(true));
    let mut sheet = format!(
        ":root{{{light}}}\n\
         @media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}\n\
         @media screen{{:root[data-theme=dark]{{{dark}}}}}\n@media print{{"
    );
    for index in 0..N_METHODS {
        if let Some(dashes) = dashes(index, Paint::Paper) {
            sheet += &format!(
                "[stroke=\"var(--method-{index})\"]:not([stroke-dasharray]){{stroke-dasharray:{dashes}}}"
            );
        }
    }
    sheet + "}\n"
}
