//! Tests that units read from a journal equal those written: damage may lose units but never
//! changes them.

use proptest::prelude::*;

use super::*;
use crate::results::{SweepFactor, SweepPoint};

fn test_plan() -> SweepPlan {
    let point = |number: u32| SweepPoint {
        objectives: Vec::new(),
        hash: format!("{number:016x}"),
        seed: u64::MAX,
        levels: vec![number.to_string(), "a \"b\"\nc".to_owned()],
        changed: None,
    };
    SweepPlan {
        results_version: 2,
        scenario: "quickstart".to_owned(),
        question: "Wie viele, für wen?".to_owned(),
        seed: u64::MAX,
        overrides: vec!["a=1".to_owned()],
        design: "grid".to_owned(),
        factors: ["a.b", "a.c"]
            .map(|path| SweepFactor { path: path.to_owned(), asked: "1..4".to_owned() })
            .to_vec(),
        points: (0..4).map(point).collect(),
        replications: 3,
        confidence: 0.1 + 0.2,
        metrics: vec!["latency_p95_s".to_owned()],
    }
}

fn metrics_named(names: &[&str]) -> Arc<Vec<Metric>> {
    let metric = |name: &&str| Metric::from_name(name).expect("a metric");
    Arc::new(names.iter().map(metric).collect())
}

/// Returns every unit of the plan; those of the last point have one more metric.
fn all_units() -> Units {
    let few = metrics_named(&["latency_p95_s", "compliance_p95_s"]);
    let more = metrics_named(&["latency_p95_s", "compliance_p95_s", "connections_peak[main/1]"]);
    let odd_nan = f64::from_bits(0x7ff8_0000_dead_beef);
    let mut units = Units::new();
    for point in 0..4_u32 {
        for number in 0..3_u32 {
            let mut values = vec![0.1 + f64::from(point), f64::INFINITY];
            if number == 1 {
                values[1] = odd_nan;
            }
            let mut metrics = &few;
            if point == 3 {
                values.push(-0.0);
                metrics = &more;
            }
            let replication = Replication { number, events: u64::MAX - 7, values };
            units.insert((point, number), Unit { metrics: Arc::clone(metrics), replication });
        }
    }
    units
}

/// Asserts that every unit read from damaged bytes is a unit that was written.
fn assert_true(bytes: &[u8], plan: &SweepPlan, units: &Units) -> Option<Journal> {
    let journal = Journal::read(bytes).ok()?;
    assert_eq!(journal.plan, *plan);
    for (id, unit) in &journal.units {
        assert_eq!(Some(unit), units.get(id), "the unit was never written");
    }
    Some(journal)
}

#[test]
fn a_journal_is_read_exactly_as_written() {
    let (plan, units) = (test_plan(), all_units());
    let bytes = Journal::to_bytes(&plan, &units);
    let journal = Journal::read(&bytes).expect("whole");
    assert_eq!((&journal.plan, &journal.units), (&plan, &units));
    assert_eq!(journal.plan.confidence.to_bits(), (0.1_f64 + 0.2).to_bits());
    assert!(journal.damaged_lines.is_empty() && !journal.is_torn);
    // The checksum of 32 zero bytes is in the standard (RFC 3720, B.4).
    assert_eq!(CASTAGNOLI.checksum(&[0; 32]), 0x8a91_36aa);
}

#[test]
fn a_rewritten_journal_does_not_depend_on_the_order_in_which_units_finish() {
    let (plan, units) = (test_plan(), all_units());
    let mut writer = JournalWriter::new(&plan);
    let mut bytes = header(&plan);
    for ((point, _), unit) in units.iter().rev() {
        bytes.extend(writer.unit(*point, unit));
    }
    assert_ne!(bytes, Journal::to_bytes(&plan, &units));
    let journal = Journal::read(&bytes).expect("whole");
    assert_eq!(Journal::to_bytes(&plan, &journal.units), Journal::to_bytes(&plan, &units));
}

#[test]
fn a_journal_cut_at_any_byte_returns_the_lines_before_the_cut() {
    let (plan, units) = (test_plan(), all_units());
    let bytes = Journal::to_bytes(&plan, &units);
    let first = header(&plan).len();
    for length in 0..bytes.len() {
        let cut = &bytes[..length];
        let found = assert_true(cut, &plan, &units);
        assert_eq!(found.is_some(), length >= first, "at {length}");
        let Some(journal) = found else { continue };
        let lines = cut[first..].split_inclusive(|byte| *byte == b'\n');
        let whole = lines.filter(|line| line.ends_with(b"\n"));
        let whole_units = whole.filter(|line| line.windows(6).any(|word| word == b" unit "));
        assert_eq!(journal.units.len(), whole_units.count(), "at {length}");
        assert!(journal.damaged_lines.is_empty(), "an incomplete end is not damage");
        assert_eq!(journal.is_torn, !cut.ends_with(b"\n"), "at {length}");
    }
}

#[test]
fn every_flipped_bit_is_detected() {
    let (plan, units) = (test_plan(), all_units());
    let bytes = Journal::to_bytes(&plan, &units);
    let first = header(&plan).len();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << bit;
            let found = assert_true(&damaged, &plan, &units);
            assert_eq!(found.is_some(), place >= first, "byte {place}, bit {bit}");
            if let Some(journal) = found {
                assert!(journal.units.len() < units.len(), "byte {place}, bit {bit}");
                let is_noticed = !journal.damaged_lines.is_empty() || journal.is_torn;
                assert!(is_noticed, "byte {place}, bit {bit}");
            }
        }
    }
}

#[test]
fn a_complete_but_invalid_line_counts_as_damaged() {
    let (plan, units) = (test_plan(), all_units());
    let whole = Journal::to_bytes(&plan, &units);
    let unit = |point: u32| {
        let metrics = metrics_named(&["latency_p95_s", "compliance_p95_s"]);
        let replication = Replication { number: 0, events: 1, values: vec![5.0, 6.0] };
        JournalWriter::new(&plan).unit(point, &Unit { metrics, replication })
    };
    let line = |payload| line(&plan.digest(), payload);
    // Append a unit of an unknown point, a known unit with other values, or an invalid line.
    for (more, left) in [(unit(4), 12), (unit(0), 11), (line("x y"), 12), (line("unit 1"), 12)] {
        let journal = Journal::read(&[&whole[..], &more].concat()).expect("it has a header");
        assert_eq!((journal.units.len(), journal.damaged_lines.len()), (left, 1));
    }
    // Repeating the same unit is allowed.
    let again = [&whole[..], &whole[header(&plan).len()..]].concat();
    let journal = Journal::read(&again).expect("it has a header");
    assert_eq!((&journal.units, journal.damaged_lines.len()), (&units, 0));
}

#[test]
fn a_unit_with_two_different_results_is_rejected() {
    let plan = test_plan();
    let mut writer = JournalWriter::new(&plan);
    let mut bytes = header(&plan);
    for value in [5.0, 6.0, 6.0] {
        let metrics = metrics_named(&["latency_p95_s"]);
        let replication = Replication { number: 0, events: 1, values: vec![value] };
        bytes.extend(writer.unit(0, &Unit { metrics, replication }));
    }
    let journal = Journal::read(&bytes).expect("it has a header");
    assert_eq!((journal.units.len(), journal.damaged_lines.len()), (0, 2));
}

#[test]
fn headers_of_other_versions_and_programs_are_distinguished() {
    let error = |content: &str| Journal::read(&checked(content)).expect_err("an invalid header");
    assert_eq!(Journal::read(b"").expect_err("nothing"), JournalError::Header);
    for content in
        ["notes 1 {}", "0 notes 1 {}", "", " ", "cmgsim-journals", "0 cmgsim-journal 3 {}"]
    {
        assert_eq!(error(content), JournalError::Header, "{content}");
    }
    let version = |found: &str| JournalError::Version { found: found.to_owned() };
    assert_eq!(error("cmgsim-journal 1 {}"), version("1"));
    assert_eq!(error("0123456789abcdef cmgsim-journal 4 {}"), version("4"));
    // The digest belongs to another plan.
    let json = serde_json::to_string(&test_plan()).expect("it serialises");
    assert_eq!(error(&format!("0123456789abcdef {NAME} 3 {json}")), JournalError::Header);
}

/// Sweeps with different results do not share lines. Sweeps that differ only in the number of
/// replications or in the display of results do share lines.
#[test]
fn a_line_of_another_sweep_is_refused() {
    let (plan, units) = (test_plan(), all_units());
    let mine = Journal::to_bytes(&plan, &units);
    let changes: [fn(&mut SweepPlan); 6] = [
        |plan| plan.results_version += 1,
        |plan| plan.points[3].hash = "other".to_owned(),
        |plan| plan.points[3].seed = 7,
        |plan| plan.points[3].levels[0] = "4".to_owned(),
        |plan| plan.factors[0].asked = "1..5".to_owned(),
        |plan| plan.design = "latin".to_owned(),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut other = plan.clone();
        change(&mut other);
        let theirs = Journal::to_bytes(&other, &units);
        let lines = |bytes: &[u8], range: std::ops::Range<usize>| -> Vec<u8> {
            let all = bytes.split_inclusive(|byte| *byte == b'\n');
            all.skip(range.start).take(range.len()).flatten().copied().collect()
        };
        let mixed = [lines(&mine, 0..5), lines(&theirs, 5..99)].concat();
        let error = Journal::read(&mixed).expect_err("lines of two sweeps");
        let (own, found) = (plan.digest(), other.digest());
        assert_eq!(error, JournalError::OtherSweep { line: 6, found, own }, "change {number}");
        assert!(error.to_string().contains("line 6 belongs to another sweep"), "{error}");
    }
    let mut more = plan.clone();
    (more.replications, more.confidence, more.metrics) = (9, 0.5, vec![]);
    let longer = Journal::to_bytes(&more, &units);
    let tail = longer[header(&more).len()..].to_vec();
    let journal = Journal::read(&[header(&plan), tail].concat()).expect("the same sweep");
    assert_eq!(journal.units, units);
}

/// Uses plans that were written by hand with the right digest and checksum.
#[test]
fn an_invalid_plan_is_refused_before_it_is_used() {
    type Change = fn(&mut SweepPlan);
    let changes: [(Change, &str); 11] = [
        (|plan| plan.replications = 4_000_000_000, "4 points with 4000000000 replications"),
        (|plan| plan.replications = 0, "0 replications"),
        (|plan| plan.points.clear(), "0 points"),
        (|plan| plan.factors.clear(), "the sweep has no factors"),
        (|plan| plan.points[2].levels.clear(), "point 2 has 0 levels, but the sweep has 2 factors"),
        (|plan| plan.points[1].levels.push(String::new()), "point 1 has 3 levels"),
        (|plan| plan.points[1].changed = Some(2), "changes a factor"),
        (|plan| plan.confidence = f64::NAN, "the confidence is NaN;"),
        (|plan| plan.confidence = 1.0, "the confidence is 1;"),
        (|plan| plan.confidence = 0.0, "the confidence is 0;"),
        (|plan| plan.confidence = f64::INFINITY, "the confidence is inf;"),
    ];
    for (change, expected) in changes {
        let mut plan = test_plan();
        change(&mut plan);
        let error = Journal::read(&header(&plan)).expect_err(expected);
        assert!(matches!(error, JournalError::Plan(_)), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

proptest! {
    #[test]
    fn damaged_bytes_never_give_a_wrong_value(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        removed in any::<prop::sample::Index>(),
        length in 0_usize..200,
        values in prop::collection::vec(any::<u64>(), 2..3),
    ) {
        let (plan, mut units) = (test_plan(), all_units());
        let values: Vec<f64> = values.into_iter().map(f64::from_bits).collect();
        units.get_mut(&(1, 1)).expect("there").replication.values = values;
        let mut bytes = Journal::to_bytes(&plan, &units);
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        assert_true(&bytes, &plan, &units);
        let from = removed.index(bytes.len());
        bytes.drain(from..(from + length).min(bytes.len()));
        assert_true(&bytes, &plan, &units);
    }

    /// A file with forged content and correct checksums is either read as written or refused, and
    /// using its content does not panic.
    #[test]
    fn a_forged_journal_does_not_panic(
        points in 0_usize..4,
        levels in prop::collection::vec(prop::collection::vec("[0-9.e-]{0,6}|nan|1e308|4e-324", 0..3), 4),
        factors in 0_usize..3,
        design in prop::sample::select(vec!["grid", "latin", "one-at-a-time", ""]),
        replications in prop::sample::select(vec![0, 1, 2, 3, 99_999, u32::MAX]),
        values in prop::collection::vec(odd_value(), 24),
        confidence in prop::sample::select(vec![5e-324, 0.5, 1.0 - f64::EPSILON / 2.0]),
        changed in prop::option::of(0_u32..3),
        name in prop::sample::select(vec!["latency_p95_s", "failure_share", "cost_per_month"]),
    ) {
        let mut plan = test_plan();
        plan.design = design.to_owned();
        (plan.replications, plan.confidence) = (replications, confidence);
        plan.factors.truncate(factors);
        plan.points = plan.points.into_iter().zip(levels).take(points).map(|(point, levels)| {
            SweepPoint { levels, changed, ..point }
        }).collect();
        let mut bytes = header(&plan);
        let mut writer = JournalWriter::new(&plan);
        for (place, pair) in values.chunks(2).enumerate() {
            let metrics = metrics_named(&[name, "throughput_per_s"]);
            let replication =
                Replication { number: place as u32 / 4, events: u64::MAX, values: pair.to_vec() };
            let unit = Unit { metrics, replication };
            bytes.extend(writer.unit(place as u32 % 4, &unit));
        }
        match Journal::read(&bytes) {
            Err(error) => prop_assert!(matches!(error, JournalError::Plan(_)), "{error}"),
            Ok(journal) => {
                prop_assert!(plan.check().is_ok());
                prop_assert!(journal.units.len() <= values.len() / 2);
                let result = crate::study::sweep::summarise(journal.plan, &journal.units);
                prop_assert_eq!(result.samples.len(), points);
            }
        }
    }
}

/// Returns extreme floating-point values.
fn odd_value() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        prop::sample::select(vec![
            0.0,
            -0.0,
            5e-324,
            -5e-324,
            f64::MAX,
            f64::MIN,
            f64::INFINITY,
            f64::NAN,
            1.0,
        ]),
    ]
}
