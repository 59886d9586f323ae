//! Tests which charts are drawn, and the chart options of the command line.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use assert_cmd::Command;

use crate::common::cmgsim;

/// Arguments of a short run with disruptions.
const SMALL: [&str; 7] = [
    "run",
    "update-domain-walk",
    "--quiet",
    "--set",
    "cohort.*.clients=100",
    "--set",
    "duration=\"100min\"",
];

fn run(out: &Path, more: &[&str]) -> Command {
    let mut command = cmgsim();
    command.args(SMALL).args(more).arg("--out").arg(out);
    command
}

/// Returns the names of the charts in a folder.
fn charts(out: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(out.join("charts")).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Returns the width and height of a PNG, which are in its header.
fn size(png: &[u8]) -> (u32, u32) {
    let number =
        |from: usize| u32::from_be_bytes(png[from..from + 4].try_into().expect("four bytes"));
    (number(16), number(20))
}

#[test]
fn charts_have_the_requested_formats_and_sizes() {
    let here = tempfile::tempdir().expect("folder is created");
    let out = here.path().join("out");
    run(&out, &[]).assert().success();
    let by_default = charts(&out);
    let stems: BTreeSet<&str> =
        by_default.iter().filter_map(|name| name.split_once('.').map(|(stem, _)| stem)).collect();
    for name in ["topology", "connections-map", "reconnection-storm", "cost"] {
        assert!(stems.contains(name), "{name} is not in {stems:?}");
    }
    assert_eq!(by_default.len(), 2 * stems.len(), "every chart as SVG and PNG");
    let size_of = |chart: &str| {
        size(&fs::read(out.join(format!("charts/{chart}.png"))).expect("file is readable"))
    };
    assert_eq!(size_of("request-rate"), (1_600, 900));
    // The height of other charts depends on their content.
    for chart in ["connections-map", "cost", "topology"] {
        let (width, height) = size_of(chart);
        assert!(width == 1_600 && height < 700, "{chart}: {height}");
    }
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("output/README.md");
    let readme = fs::read_to_string(readme).expect("output/README.md");
    for name in &stems {
        assert!(readme.contains(&format!("`{name}`")), "output/README.md does not name {name}");
    }
    let larger = ["--charts", "png", "--chart-size", "1500x900", "--font-scale", "1.5"];
    run(&out, &larger).assert().success();
    assert!(charts(&out).iter().all(|name| name.ends_with(".png")));
    assert_eq!(
        size(&fs::read(out.join("charts/request-rate.png")).expect("file is readable")),
        (2_000, 1_200)
    );
    run(&out, &["--charts", "svg", "--chart-size", "900x600"]).assert().success();
    let svg = fs::read_to_string(out.join("charts/request-rate.svg")).expect("file is readable");
    assert!(svg.starts_with("<svg width=\"900\" height=\"600\""), "{}", &svg[..80]);
    run(&out, &["--charts", "none"]).assert().success();
    assert!(charts(&out).is_empty());
}

#[test]
fn invalid_chart_options_are_refused_before_the_simulation() {
    let here = tempfile::tempdir().expect("folder is created");
    let out = here.path().join("out");
    let complaint = |more: &[&str]| {
        let run = run(&out, more).assert().code(2);
        String::from_utf8_lossy(&run.get_output().stderr).into_owned()
    };
    assert!(complaint(&["--charts", "gif"]).contains("svg, png, none"));
    assert!(complaint(&["--charts", "none,svg"]).contains("none cannot be combined"));
    assert!(complaint(&["--chart-size", "wide"]).contains("WIDTHxHEIGHT"));
    assert!(complaint(&["--chart-size", "9000x100"]).contains("use at most 4000 pixels per side"));
    assert!(complaint(&["--chart-size", "4000x4000"]).contains("3840x2160"));
    assert!(complaint(&["--font-scale", "3"]).contains("use at least 1920x1200"));
    assert!(complaint(&["--font-scale", "-1"]).contains("between 0.5 and 4"));
    assert!(complaint(&["--font-scale", "NaN"]).contains("between 0.5 and 4"));
    assert!(!out.exists());
}

/// A report that is created later from the folder has the same charts.
#[test]
fn the_reconnection_storm_is_read_from_its_table() {
    let here = tempfile::tempdir().expect("folder is created");
    let out = here.path().join("out");
    run(&out, &["--charts", "none", "--report"]).assert().success();
    let page = out.join("report.html");
    let at_once = fs::read_to_string(&page).expect("file is readable");
    cmgsim().arg("report").arg(&out).assert().success();
    assert!(at_once.contains("storm-clients") && at_once.contains("Load of each VM instance"));
    assert!(at_once == fs::read_to_string(&page).expect("file is readable"), "the pages differ");
}
