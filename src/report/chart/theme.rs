//! Colours of all charts in the light and the dark theme, with their meanings.
//!
//! PNG files and separate SVG files use the light theme. A chart within a page has a class for each
//! colour; its style sheet takes the colour from a custom property, so the chart follows the theme
//! of the page. The basic colours are properties of the page itself (`--ink`, `--soft`, `--line`,
//! `--paper`, `--bad`); the names of the other properties begin with `--chart-`.

use std::fmt;

use serde::Serialize;

use super::style::Dash;

/// A colour with a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour {
    /// CSS class of elements with this colour.
    class: &'static str,
    light: u32,
    dark: u32,
}

/// Formats the colour on a light background in SVG and CSS notation: `#0072b2`.
impl fmt::Display for Colour {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(into, "#{:06x}", self.light)
    }
}

impl Colour {
    const fn new(class: &'static str, light: u32, dark: u32) -> Self {
        Colour { class, light, dark }
    }

    /// Returns the CSS class of SVG elements with this colour.
    pub(super) fn class(self) -> &'static str {
        self.class
    }

    /// Returns red, green and blue on a light background.
    pub(super) fn rgb(self) -> [u8; 3] {
        let [_, red, green, blue] = self.light.to_be_bytes();
        [red, green, blue]
    }

    /// Returns the custom property that a page sets to change the colour.
    fn property(self) -> String {
        match [INK, SOFT, GRID, PAPER, LIMIT].contains(&self) {
            true => format!("--{}", self.class),
            false => format!("--chart-{}", self.class),
        }
    }

    fn in_theme(self, theme: Theme) -> String {
        match theme {
            Theme::Light => self.to_string(),
            Theme::Dark => format!("#{:06x}", self.dark),
        }
    }
}

/// Text.
pub const INK: Colour = Colour::new("ink", 0x1f2328, 0xe6e6e6);
/// Secondary text, and axes.
pub const SOFT: Colour = Colour::new("soft", 0x5a626b, 0xa3abb5);
/// Grid lines.
pub const GRID: Colour = Colour::new("line", 0xe1e5ea, 0x363c43);
/// Background.
pub const PAPER: Colour = Colour::new("paper", 0xffffff, 0x14171a);
/// Limits, exceeded values and failures; nothing else is red.
pub const LIMIT: Colour = Colour::new("bad", 0xb00020, 0xff8a95);
/// Period of a disruption.
pub const SHADE: Colour = Colour::new("shade", 0xe9ecf0, 0x2a3038);
/// Component that is not running.
pub const DOWN: Colour = Colour::new("down", 0x8a929b, 0x6b7480);
/// Amounts whose bars differ only in length.
pub const AMOUNT: Colour = Colour::new("amount", 0x7d8b99, 0x8795a3);
/// Utilisation below 80 %.
pub const QUIET: Colour = Colour::new("quiet", 0xc9dff0, 0x27455f);
/// Utilisation from 80 % to the limit.
pub const BUSY: Colour = Colour::new("busy", 0xf7dc9c, 0x5c4a18);
/// Component at its limit.
pub const OVERLOADED: Colour = Colour::new("overloaded", 0xf0b4bd, 0x6b2630);
/// Improvement.
pub const BETTER: Colour = Colour::new("better", 0x2b7a5b, 0x6cd3a8);
/// Deterioration.
pub const WORSE: Colour = Colour::new("worse", 0xb8620a, 0xf0a860);

/// Colours that distinguish components, in order. The hues are distinguishable for readers with a
/// colour vision deficiency (after Okabe and Ito, "Color Universal Design", 2008); none is red.
pub const COMPONENTS: [Colour; 8] = [
    Colour::new("c0", 0x0072b2, 0x4aa8e8),
    Colour::new("c1", 0xcc7a00, 0xf0a13c),
    Colour::new("c2", 0x009e73, 0x3cc79f),
    Colour::new("c3", 0xaa4499, 0xdb8fcf),
    Colour::new("c4", 0x35a5dc, 0x9fd8fa),
    Colour::new("c5", 0x85760a, 0xd3c25a),
    Colour::new("c6", 0x87553a, 0xc79a80),
    Colour::new("c7", 0x44527a, 0x8c9bc7),
];

const ATTEMPTED: Colour = Colour::new("attempted", 0x9b86e0, 0xb3a2f2);
const COMPLETED: Colour = Colour::new("completed", 0x3b8f2f, 0x7fcf6f);
/// Percentiles differ in hue, in brightness and in dash; the highest has the colour of text.
const MEDIAN: Colour = Colour::new("p50", 0x2e8fc0, 0x4a90b8);
const P95: Colour = Colour::new("p95", 0x8a5200, 0xe8b04a);

/// CSS classes of the steps of a colour scale, below and above the limit.
const BELOW: [&str; 10] = ["h0", "h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8", "h9"];
const ABOVE: [&str; 6] = ["x0", "x1", "x2", "x3", "x4", "x5"];

/// Number of steps of a colour scale up to the limit. They share one hue, so that their order is
/// visible to every reader and in print.
pub const STEPS: usize = BELOW.len();
/// Number of steps of a colour scale above the limit.
pub const STEPS_ABOVE: usize = ABOVE.len();

/// Returns the colour of a step up to the limit.
pub fn heat(step: usize) -> Colour {
    let step = step.min(STEPS - 1);
    let share = step as f64 / (STEPS - 1) as f64;
    let (light, dark) = (mix(0xeef4fa, 0x08306b, share), mix(0x1b2530, 0x9fd3ff, share));
    Colour::new(BELOW[step], light, dark)
}

/// Returns the colour of a step above the limit: higher steps are a darker red in the light theme,
/// and a lighter red in the dark theme.
pub fn heat_above(step: usize) -> Colour {
    let step = step.min(STEPS_ABOVE - 1);
    let share = step as f64 / (STEPS_ABOVE - 1) as f64;
    let (light, dark) = (mix(0xf6b0a4, 0x67000d, share), mix(0x6b2028, 0xffc0b5, share));
    Colour::new(ABOVE[step], light, dark)
}

fn mix(from: u32, to: u32, share: f64) -> u32 {
    let (from, to) = (from.to_be_bytes(), to.to_be_bytes());
    let part = |place: usize| {
        let (from, to) = (f64::from(from[place]), f64::from(to[place]));
        (from + (to - from) * share).round() as u8
    };
    u32::from_be_bytes([0, part(1), part(2), part(3)])
}

/// Numbers of the line styles of lines and bands: indices into [`lines`].
pub mod line_style {
    use super::{COMPONENTS, Dash};

    const COUNT: usize = COMPONENTS.len();

    /// Returns the style of a component by its number in the run.
    pub const fn component(number: usize) -> usize {
        let (colour, round) = (number % COUNT, number / COUNT);
        colour + COUNT * ((colour + round) % 3)
    }

    /// Returns the style with the colour of a component and a given dash.
    pub const fn dashed(number: usize, dash: Dash) -> usize {
        let family = match dash {
            Dash::Solid => 0,
            Dash::Long => 1,
            Dash::Short => 2,
        };
        number % COUNT + COUNT * family
    }

    /// Requests, or the only line of a chart of the whole system.
    pub const REQUESTS: usize = 3 * COUNT;
    /// Attempts, including retries.
    pub const ATTEMPTS: usize = REQUESTS + 1;
    /// Completed requests and established connections.
    pub const COMPLETED: usize = REQUESTS + 2;
    /// Failures.
    pub const FAILED: usize = REQUESTS + 3;
    /// Median.
    pub const P50: usize = REQUESTS + 4;
    /// 95th percentile.
    pub const P95: usize = REQUESTS + 5;
    /// 99th percentile.
    pub const P99: usize = REQUESTS + 6;
}

/// Returns colour and dash of all line styles; see [`line_style`]. Dashes distinguish lines in grey
/// print.
pub fn lines() -> Vec<(Colour, Dash)> {
    let dashes = [Dash::Solid, Dash::Long, Dash::Short];
    let components = dashes.into_iter().flat_map(|dash| COMPONENTS.map(|colour| (colour, dash)));
    let whole = [
        (INK, Dash::Solid),
        (ATTEMPTED, Dash::Solid),
        (COMPLETED, Dash::Long),
        (LIMIT, Dash::Short),
        (MEDIAN, Dash::Short),
        (P95, Dash::Long),
        (INK, Dash::Solid),
    ];
    components.chain(whole).collect()
}

/// Returns colour and dash of a line style.
pub fn line(style: usize) -> (Colour, Dash) {
    let all = lines();
    all[style % all.len()]
}

/// Light or dark theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark text on a light background.
    Light,
    /// Light text on a dark background.
    Dark,
}

/// Returns the style sheet of a chart within a page that sets `data-theme="dark"` on its root for
/// the dark theme. Each colour is a custom property with the light colour as its default.
pub(super) fn stylesheet(colours: &[Colour]) -> String {
    let mut text = String::from(
        ".cmgsim-chart polyline{stroke:currentColor}.cmgsim-chart text,.cmgsim-chart rect,\
         .cmgsim-chart polygon,.cmgsim-chart circle{fill:currentColor}",
    );
    for colour in colours {
        text.push_str(&format!(
            ".cmgsim-chart .{}{{color:var({},{colour})}}",
            colour.class,
            colour.property()
        ));
    }
    let own = colours.iter().filter(|colour| colour.property().starts_with("--chart-"));
    let own = own.map(|colour| format!("{}:{}", colour.property(), colour.in_theme(Theme::Dark)));
    let own = own.collect::<Vec<_>>().join(";");
    text + &format!(":root[data-theme=\"dark\"]{{{own}}}")
}

/// Colours and dashes for charts that the script of a page draws.
#[derive(Clone, Debug, Serialize)]
pub struct Palette {
    /// Styles by number of the line style.
    lines: Vec<LineLook>,
    ink: String,
    grid: String,
    limit: String,
    shades: Vec<String>,
}

/// Colour and dash of a line.
#[derive(Clone, Debug, Serialize)]
struct LineLook {
    colour: String,
    dash: Vec<f64>,
}

impl Palette {
    /// Returns the colours and dashes of a theme.
    pub fn of(theme: Theme) -> Palette {
        let look = |(colour, dash): (Colour, Dash)| LineLook {
            colour: colour.in_theme(theme),
            dash: dash.lengths().map_or_else(Vec::new, |(on, off)| vec![on, off]),
        };
        let [ink, grid, limit, shade] =
            [INK, GRID, LIMIT, SHADE].map(|colour| colour.in_theme(theme));
        let lines = lines().into_iter().map(look).collect();
        Palette { lines, ink, grid, limit, shades: vec![shade] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_meanings_share_a_class_or_a_colour() {
        let mut all = vec![INK, SOFT, GRID, PAPER, LIMIT, SHADE, DOWN, AMOUNT, QUIET, BUSY];
        all.extend([OVERLOADED, BETTER, WORSE, ATTEMPTED, COMPLETED, MEDIAN, P95]);
        all.extend(COMPONENTS);
        all.extend((0..STEPS).map(heat));
        all.extend((0..STEPS_ABOVE).map(heat_above));
        for (place, one) in all.iter().enumerate() {
            for other in &all[..place] {
                assert_ne!(one.class, other.class);
                assert_ne!(one.light, other.light, "{} and {}", one.class, other.class);
                assert_ne!(one.dark, other.dark, "{} and {}", one.class, other.class);
            }
        }
    }

    #[test]
    fn only_limits_and_failures_are_red() {
        let is_red = |colour: Colour| {
            let [red, green, blue] = colour.rgb().map(i32::from);
            red > 2 * green && red > 2 * blue
        };
        assert!(is_red(LIMIT));
        let others = lines().into_iter().map(|(colour, _)| colour);
        for colour in others.filter(|colour| *colour != LIMIT) {
            assert!(!is_red(colour), "{colour}");
        }
    }

    /// Returns the relative luminance (WCAG 2.2).
    fn luminance(colour: u32) -> f64 {
        let [_, parts @ ..] = colour.to_be_bytes();
        let linear = parts.map(|part| match f64::from(part) / 255.0 {
            dark if dark <= 0.04045 => dark / 12.92,
            other => ((other + 0.055) / 1.055).powf(2.4),
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    fn contrast(one: u32, other: u32) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn percentiles_are_distinguishable_in_both_themes_and_in_grey() {
        let styles = [line_style::P50, line_style::P95, line_style::P99].map(line);
        for theme in [|colour: Colour| colour.light, |colour: Colour| colour.dark] {
            let colours = styles.map(|(colour, _)| theme(colour));
            for colour in colours {
                assert!(contrast(colour, theme(PAPER)) >= 3.0, "{colour:06x}");
            }
            for pair in colours.windows(2) {
                assert!(contrast(pair[0], pair[1]) >= 1.5, "{:06x} and {:06x}", pair[0], pair[1]);
            }
        }
        let [p50, p95, p99] = styles.map(|(_, dash)| dash);
        assert!(p50 != p95 && p95 != p99 && p50 != p99, "dashes distinguish lines in grey print");
    }

    #[test]
    fn components_have_distinct_styles() {
        let styles: std::collections::BTreeSet<_> = (0..24).map(line_style::component).collect();
        assert_eq!(styles.len(), 24);
        assert_eq!(line(line_style::component(9)).0, COMPONENTS[1]);
        assert_eq!(line(line_style::FAILED).0, LIMIT);
    }
}
