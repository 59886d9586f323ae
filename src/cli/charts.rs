//! Options for formats, size and font size of charts.

use clap::{Args, ValueEnum};
use rayon::prelude::*;

use crate::report::chart::{self, DrawError, Drawing, Look, LookError};

use super::failure::Failure;
use super::interrupt;
use super::results::NamedBytes;

/// Chart options.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct ChartArguments {
    /// Draw charts
    #[arg(long, value_name = "FORMATS", value_delimiter = ',', default_value = "svg,png")]
    charts: Vec<ChartFormat>,
    #[command(flatten)]
    look: LookArguments,
}

/// Options for the size and font size of charts.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct LookArguments {
    /// Set the size of charts in pixels; PNG files are a third larger in each direction
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "1200x675", hide_short_help = true,
          value_parser = size)]
    chart_size: (u32, u32),
    /// Scale text, lines and margins of charts by FACTOR; 1.5 suits slides
    #[arg(
        long,
        value_name = "FACTOR",
        default_value_t = 1.0,
        hide_short_help = true,
        allow_negative_numbers = true
    )]
    font_scale: f64,
}

/// File format of the charts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ChartFormat {
    /// For documents; sharp at any size.
    Svg,
    /// For slides and messages.
    Png,
    /// No charts.
    None,
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let sides = text.split_once('x').and_then(|(width, height)| {
        let side = |text: &str| text.parse().ok().filter(|side| (1..=100_000).contains(side));
        Some((side(width)?, side(height)?))
    });
    sides.ok_or_else(|| "expected WIDTHxHEIGHT, for example 1600x900".to_owned())
}

impl LookArguments {
    /// Returns the size and scale of charts, if they are valid.
    pub(super) fn look(&self) -> Result<Look, Failure> {
        Look::new(self.chart_size, self.font_scale).map_err(|error| Failure::Usage(usage(&error)))
    }
}

/// Returns an error message that names the option to change.
fn usage(error: &LookError) -> String {
    let option = match error {
        LookError::FontScale(_) => "--font-scale",
        LookError::Large(..) => "--chart-size",
        LookError::Small { .. } => "--chart-size and --font-scale",
    };
    format!("{option}: {error}")
}

impl ChartArguments {
    /// Checks the options before anything is simulated.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.has(ChartFormat::None) && self.charts.len() > 1 {
            let message = "--charts none cannot be combined with other formats".to_owned();
            return Err(Failure::Usage(message));
        }
        self.look.look().map(|_| ())
    }

    /// Returns the options, with their values, that request the same charts; options at their
    /// defaults are omitted.
    pub(super) fn typed(&self) -> Vec<(&'static str, String)> {
        let name = |format: &ChartFormat| {
            format.to_possible_value().map(|value| value.get_name().to_owned())
        };
        let names: Vec<String> = self.charts.iter().filter_map(name).collect();
        let (width, height) = self.look.chart_size;
        let all = [
            ("--charts", names.join(","), "svg,png"),
            ("--chart-size", format!("{width}x{height}"), "1200x675"),
            ("--font-scale", self.look.font_scale.to_string(), "1"),
        ];
        let changed = all.into_iter().filter(|(_, value, default_value)| value != default_value);
        changed.map(|(name, value, _)| (name, value)).collect()
    }

    fn has(&self, format: ChartFormat) -> bool {
        self.charts.contains(&format)
    }

    /// Draws the charts in parallel after the simulation and returns them as files.
    pub(super) fn draw<D: Drawing + Sync>(
        &self,
        drawings: &[D],
    ) -> Result<Vec<NamedBytes>, Failure> {
        let look = self.look.look()?;
        interrupt::begin_storing();
        let drawn: Result<Vec<_>, DrawError> =
            drawings.par_iter().map(|drawing| self.files(drawing, &look)).collect();
        Ok(drawn?.into_iter().flatten().collect())
    }

    fn files(&self, drawing: &impl Drawing, look: &Look) -> Result<Vec<NamedBytes>, DrawError> {
        let name = |ending: &str| format!("charts/{}.{ending}", drawing.heading().name);
        let mut files = Vec::new();
        if self.has(ChartFormat::Svg) {
            files.push((name("svg"), chart::svg(drawing, look).into_bytes()));
        }
        if self.has(ChartFormat::Png) {
            files.push((name("png"), chart::png(drawing, look)?));
        }
        Ok(files)
    }
}
