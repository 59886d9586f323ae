//! Report of `cmgsim validate`.

use super::document::{Block, Cell, Document, Section, Table};
use super::format::number;
use super::text;
use crate::results::{Finding, Simulated, Validation};

/// Returns a short paragraph for each row, and a table of the findings.
pub fn text(rows: &[Validation]) -> String {
    let introduction = "Numbers published by Microsoft, and the values simulated by this version \
        of cmgsim. Intervals are\n95 % confidence intervals of the mean over replications. \
        Findings: reproduced (a result of the model),\nbuilt in (an input of the model), holds \
        (the system works up to the limit), BREAKS (a component fails\nbelow the published limit), \
        DIFFERS (the model is wrong), not simulated.";
    let count = |finding: Finding| rows.iter().filter(|row| row.finding == finding).count();
    let counts = format!(
        "{} reproduced, {} built in, {} hold, {} break, {} differ, {} not simulated.",
        count(Finding::Reproduced),
        count(Finding::BuiltIn),
        count(Finding::Holds),
        count(Finding::Breaks),
        count(Finding::Differs),
        count(Finding::NotSimulated),
    );
    let paragraph = |text: &str| Section::new("", vec![Block::Paragraph(text.to_owned())]);
    let mut sections = vec![paragraph(introduction)];
    sections.extend(rows.iter().filter_map(about));
    sections.extend([Section::new("", vec![Block::Table(overview(rows))]), paragraph(&counts)]);
    text::render(&Document { sections })
}

fn about(row: &Validation) -> Option<Section> {
    let mut lines = vec![format!("published: {} ({})", row.published, row.source)];
    lines.extend(row.simulated.as_ref().map(|it| format!("simulated: {}", measured(it))));
    lines.extend((!row.remark.is_empty()).then(|| row.remark.clone()));
    Section::list(format!("{} · {}", row.finding.word(), row.id), lines)
}

/// Returns a table with one row per published number.
fn overview(rows: &[Validation]) -> Table {
    let mut table = Table::new(&["finding", "number", "simulated"], 3);
    for row in rows {
        let words = [row.finding.word(), &row.id].map(Cell::text);
        let simulated = Cell::of(row.simulated.as_ref(), |it| Cell::Amount(value(it)));
        table.row(words.into_iter().chain([simulated]));
    }
    table
}

/// Formats mean, half-width and unit.
fn value(simulated: &Simulated) -> String {
    let width = match simulated.half_width {
        0.0 => String::new(),
        half => format!(" ± {}", number(half)),
    };
    let text = format!("{}{width} {}", number(simulated.mean), simulated.unit);
    text.trim_end().to_owned()
}

fn measured(simulated: &Simulated) -> String {
    let same = match simulated.half_width {
        0.0 => " (the same in all replications)",
        _ => "",
    };
    format!("{} {}{same}", simulated.what, value(simulated))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_published_and_simulated_values() {
        let row = Validation {
            id: "ports".to_owned(),
            published: "16,384 ports".to_owned(),
            source: "perf-scale.md, 04/08/2022".to_owned(),
            simulated: Some(Simulated {
                what: "ports in use peak:".to_owned(),
                mean: 16_384.0,
                half_width: 0.0,
                replications: 10,
                unit: "ports".to_owned(),
            }),
            finding: Finding::BuiltIn,
            remark: String::new(),
        };
        let text = super::text(&[row]);
        assert!(text.contains("built in · ports\n"), "{text}");
        assert!(text.contains("\n  built in  ports   16,384 ports\n"), "{text}");
        assert!(text.contains("ports in use peak: 16,384 ports (the same in all"), "{text}");
        assert!(
            text.ends_with(
                "0 reproduced, 1 built in, 0 hold, 0 break, 0 differ, 0 not simulated.\n"
            )
        );
    }
}
