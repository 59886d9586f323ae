//! Tests the rules of the instruction-count guard (`benches/guard`).

#[path = "../benches/guard/rule.rs"]
mod rule;

use rule::{Counts, allowed, check, check_recording, parse_record, parse_summary, record};

fn counts(of: &[(&str, u64)]) -> Counts {
    of.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

fn none() -> Counts {
    Counts::new()
}

#[test]
fn changes_up_to_five_percent_pass() {
    let recorded = counts(&[("a", 1_000)]);
    for measured in [950, 1_000, 1_050] {
        let verdict = check(&counts(&[("a", measured)]), &recorded, &none());
        assert_eq!(verdict, rule::Verdict::default(), "{measured}");
    }
}

#[test]
fn a_rise_fails_and_explains_how_to_accept_it() {
    let verdict = check(&counts(&[("a/b", 1_051_000)]), &counts(&[("a/b", 1_000_000)]), &none());
    assert!(verdict.news.is_empty());
    let [failure] = &verdict.failures[..] else { panic!("{verdict:?}") };
    for part in [
        "a/b: recorded 1_000_000, measured 1_051_000 (+5.1 %)",
        "above every earlier line about this benchmark",
        "- instructions of `a/b` may rise to 1051000: REASON",
        rule::RENEW,
    ] {
        assert!(failure.contains(part), "{failure}");
    }
}

#[test]
fn an_accepted_rise_passes_up_to_its_limit() {
    let recorded = counts(&[("a", 1_000)]);
    let decided = allowed("- instructions of `a` may rise to 2_000: a better result\n");
    let decided = decided.expect("the entry is valid");
    let verdict = check(&counts(&[("a", 2_100)]), &recorded, &decided);
    assert!(verdict.failures.is_empty() && verdict.news.len() == 1, "{verdict:?}");
    let verdict = check(&counts(&[("a", 2_101)]), &recorded, &decided);
    assert!(verdict.failures[0].contains("docs/decisions.md allows 2_000"), "{verdict:?}");
    let verdict = check(&counts(&[("b", 2_000)]), &counts(&[("b", 1_000)]), &decided);
    assert_eq!(verdict.failures.len(), 1, "the decision applies to another benchmark");
}

#[test]
fn a_fall_is_reported() {
    let verdict = check(&counts(&[("a", 949)]), &counts(&[("a", 1_000)]), &none());
    assert!(verdict.failures.is_empty());
    assert!(verdict.news[0].contains("(-5.1 %); update the record"), "{verdict:?}");
}

#[test]
fn every_benchmark_has_a_record_and_every_record_a_benchmark() {
    let verdict = check(&counts(&[("new", 1)]), &counts(&[("missing", 1)]), &none());
    let [new, missing] = &verdict.failures[..] else { panic!("{verdict:?}") };
    assert!(
        new.contains("new has no record") && missing.contains("missing is recorded"),
        "{verdict:?}"
    );
}

#[test]
fn recording_refuses_unaccepted_rises() {
    let recorded = counts(&[("falls", 1_000), ("missing", 1_000), ("rises", 1_000)]);
    let measured = counts(&[("falls", 1), ("new", 1), ("rises", 1_051)]);
    let verdict = check_recording(&measured, &recorded, &none());
    let [failure] = &verdict.failures[..] else { panic!("{verdict:?}") };
    assert!(failure.starts_with("rises: "), "{failure}");
    let verdict = check_recording(&measured, &recorded, &counts(&[("rises", 1_051)]));
    assert!(verdict.failures.is_empty(), "{verdict:?}");
}

#[test]
fn the_newest_decision_applies_and_a_typo_is_an_error() {
    let text = "# Decisions\n\n- instructions of `a` may rise to 10: newer\n\ntext\n\
                - instructions of `a` may rise to 1,000: older\n\
                - instructions of `b` may rise to 20: other\n";
    assert_eq!(allowed(text), Ok(counts(&[("a", 10), ("b", 20)])));
    for slip in ["`a` may rise to many: x", "`a` may rise to 10", "`a` may rise to 10: ", "`a`: x"]
    {
        let error = allowed(&format!("- instructions of {slip}")).expect_err(slip);
        assert!(error.contains(slip.trim_end()), "{error}");
    }
}

#[test]
fn a_written_record_can_be_read() {
    let measured = counts(&[("b/c", 1_234_567), ("a", 12)]);
    let text = record(&measured);
    assert!(text.starts_with("# ") && text.ends_with("\n\"a\" = 12\n\"b/c\" = 1_234_567\n"));
    assert_eq!(parse_record(&text), Ok(measured));
    assert!(parse_record("a = -1").is_err());
}

#[test]
fn a_summary_is_parsed_into_name_and_new_count() {
    let summary = |values: &str| {
        format!(
            "{{\"group\":\"calendar\",\"function_name\":\"hold\",\"id\":\"p\",\"profiles\":[{{\
             \"data\":{{\"total\":{{\"metrics\":{{\"Ir\":{{\"values\":{values}}}}}}}}}}}]}}"
        )
    };
    let expected = Ok(("calendar/hold/p".to_owned(), 7));
    assert_eq!(parse_summary(&summary("{\"new\":7}")), expected);
    assert_eq!(parse_summary(&summary("{\"new\":7,\"old\":8}")), expected);
    assert!(parse_summary(&summary("{\"old\":8}")).is_err(), "a new count is required");
    assert!(parse_summary("{}").is_err());
}

#[test]
fn the_record_and_the_decisions_of_this_repository_can_be_read() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| std::fs::read_to_string(root.join(name)).expect("file is readable");
    let recorded = parse_record(&read("benches/instructions.toml")).expect("a valid record");
    assert_eq!(record(&recorded), read("benches/instructions.toml"));
    let decided = allowed(&read("docs/decisions.md")).expect("valid entries");
    for name in decided.keys() {
        assert!(
            recorded.contains_key(name),
            "docs/decisions.md names {name}, which is not a benchmark"
        );
    }
}
