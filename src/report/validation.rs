//! The table of `cmgsim validate`.

use comfy_table::{Table, presets};

use super::format::number;
use super::table::wrapped;
use crate::results::{Finding, Simulated, Validation};

/// All rows, each a short paragraph, and a table of what came of them.
pub fn validation(rows: &[Validation]) -> String {
    let mut text = String::from(
        "Published numbers, and what this version of cmgsim makes of them. Intervals are 95 % of the \
         mean over\nreplications. Findings: reproduced (follows from the model, which was not told \
         it), built in (an\ninput that comes out again), holds (the system works up to the limit), \
         BREAKS (something gives way\nbefore the rule says), DIFFERS (an error of the model), not \
         simulated.\n",
    );
    for row in rows {
        text.push_str(&format!("\n{} · {}\n", row.finding.word(), row.id));
        text.push_str(&wrapped(&format!("published: {} ({})", row.published, row.source)));
        if let Some(simulated) = &row.simulated {
            text.push_str(&wrapped(&format!("simulated: {}", measured(simulated))));
        }
        if !row.remark.is_empty() {
            text.push_str(&wrapped(&row.remark));
        }
    }
    text.push('\n');
    text.push_str(&overview(rows));
    let count = |finding: Finding| rows.iter().filter(|row| row.finding == finding).count();
    text.push_str(&format!(
        "\n{} reproduced, {} built in, {} hold, {} break, {} differ, {} not simulated.\n",
        count(Finding::Reproduced),
        count(Finding::BuiltIn),
        count(Finding::Holds),
        count(Finding::Breaks),
        count(Finding::Differs),
        count(Finding::NotSimulated),
    ));
    text
}

/// One line a number.
fn overview(rows: &[Validation]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["finding", "number", "simulated"]);
    for row in rows {
        let value = row.simulated.as_ref().map_or_else(|| "-".to_owned(), value);
        table.add_row([row.finding.word().to_owned(), row.id.clone(), value]);
    }
    table.lines().map(|line| format!(" {}\n", line.trim_end())).collect()
}

/// The mean, its half-width and the unit.
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
    fn a_row_says_what_is_published_and_what_was_simulated() {
        let row = Validation {
            id: "ports".to_owned(),
            published: "16,384 ports".to_owned(),
            source: "perf-scale.md, 04/08/2022".to_owned(),
            simulated: Some(Simulated {
                what: "most ports in use:".to_owned(),
                mean: 16_384.0,
                half_width: 0.0,
                replications: 10,
                unit: "ports".to_owned(),
            }),
            finding: Finding::BuiltIn,
            remark: String::new(),
        };
        let text = validation(&[row]);
        assert!(text.contains("built in · ports\n"), "{text}");
        assert!(text.contains("\n  built in  ports   16,384 ports\n"), "{text}");
        assert!(text.contains("most ports in use: 16,384 ports (the same in all"), "{text}");
        assert!(
            text.ends_with(
                "0 reproduced, 1 built in, 0 hold, 0 break, 0 differ, 0 not simulated.\n"
            )
        );
    }
}
