//! Compliance of deployments over time.

use super::components::ComponentStyles;
use super::line_chart::ComponentSeries;
use super::style::Dash;
use super::theme::line_style::dashed;
use super::{Axis, AxisUnit, LineChart, timeline};
use crate::results::{ComplianceCurve, RunResult};

/// Maximum number of deployments whose steps are shown separately.
const WITH_STEPS_MAX: usize = 2;

/// Returns the share of target clients that each deployment has reached over time; `None` without
/// deployments. For one or two deployments, the chart shows policy, content and installation; for
/// more deployments, only installation.
pub(super) fn curves(result: &RunResult) -> Option<LineChart> {
    let curves = &result.series.compliance;
    if curves.is_empty() {
        return None;
    }
    let with_steps = curves.len() <= WITH_STEPS_MAX;
    let (title, what) = if with_steps {
        ("Deployment compliance", "target clients that have reached each step")
    } else {
        ("Deployment compliance: installed", "target clients that have installed each deployment")
    };
    let axis = Axis::whole("share of target clients", AxisUnit::Share);
    let mut chart = timeline(result, "compliance", title, what, axis);
    let styles = ComponentStyles::of(result);
    // The value of a curve is the share at the end of the bin.
    let starts = &result.series.start_s;
    let duration = std::iter::once(result.scenario.duration_s);
    let ends: Vec<f64> = starts.iter().skip(1).copied().chain(duration).collect();
    if with_steps {
        for (place, curve) in curves.iter().enumerate() {
            for (step, values, dash) in steps(curve) {
                let look = (dashed(styles.deployment(place), dash), 1.0);
                chart.add_line(&format!("{}: {step}", curve.name), look, &ends, values);
            }
        }
    } else {
        let installed: Vec<ComponentSeries<'_>> = curves
            .iter()
            .enumerate()
            .map(|(place, curve)| ComponentSeries {
                name: &curve.name,
                values: &curve.installed,
                style: dashed(styles.deployment(place), Dash::Solid),
            })
            .collect();
        chart.add_series("installed", &ends, &installed);
    }
    Some(chart)
}

/// Returns the steps of one deployment: name, values and dash.
fn steps(curve: &ComplianceCurve) -> [(&str, &[f64], Dash); 3] {
    [
        ("policy", &curve.policy, Dash::Short),
        ("content", &curve.content, Dash::Long),
        ("installed", &curve.installed, Dash::Solid),
    ]
}
