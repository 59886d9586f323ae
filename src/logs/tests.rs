//! Tests of whole logs.

use std::io::Write;

use proptest::prelude::*;

use super::generated::{FIELDS, Generated, row};
use super::*;
use crate::report::logs;
use crate::results::logs::LogSummary;
use crate::results::{csv, tables};
use crate::terms::RequestKind;

fn tallies(files: &[&[u8]]) -> Tallies {
    let rules = Rules::builtin();
    let mut reader = LogReader::new(&rules, None);
    for (file, number) in files.iter().zip(1..) {
        assert!(reader.read(&format!("{number}.log"), &mut &**file, &mut |_| true));
    }
    reader.finish()
}

/// Returns the report with single spaces instead of line breaks.
fn text(summary: &LogSummary) -> String {
    logs::text(summary).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn summary(log: &str) -> LogSummary {
    summarise(&tallies(&[log.as_bytes()]))
}

fn reasons(summary: &LogSummary) -> Vec<(&str, u64, u64)> {
    summary.unreadable.iter().map(|one| (&*one.reason, one.count, one.line)).collect()
}

#[test]
fn a_row_of_the_documentation_is_counted() {
    // The row is from track-software-update-compliance-assessment.md.
    let log = "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip \
        cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status cs-bytes time-taken\n\
        2026-11-30 18:00:00 192.168.2.12 CCM_POST /ccm_system/request - 443 - 192.168.2.62 ccmhttp \
        - 200 0 0 542 31\n";
    let found = summary(log);
    assert_eq!((found.rows, found.kinds.len(), found.servers), (1, 1, 1));
    let kind = &found.kinds[0];
    assert_eq!((&*kind.kind, kind.bytes_in.total_bytes, kind.clients), ("messages", 542, Some(1)));
    assert_eq!((kind.time_taken.mean, kind.errors_share), (0.031, Some(0.0)));
    // Monday, 18:00.
    assert_eq!(kind.hours[18].rows, 1);
    let missing: Vec<&str> = found.missing_fields.iter().map(|one| &*one.field).collect();
    assert_eq!(missing, ["sc-bytes"]);
    assert!(text(&found).contains("select Bytes Sent (sc-bytes)"), "{}", text(&found));
    assert!(text(&found).contains("distinguish"), "{}", text(&found));
}

#[test]
fn fields_can_change_midway() {
    let log = "1999-01-01 00:00:00 /x\n#Fields: date time cs-uri-stem time-taken\n\
        2026-11-30 10:00:00 /CCM_STS 100\n#Fields: sc-status time date cs-uri-stem\n\
        500 10:00:01 2026-11-30 /CCM_STS\n#Fields: date cs-uri-stem\n2026-11-30 /CCM_STS\n";
    let found = summary(log);
    assert_eq!(reasons(&found), [("before_fields", 1, 1), ("unusable_fields", 1, 7)]);
    assert_eq!(found.unreadable_lines, 2);
    let kind = &found.kinds[0];
    assert_eq!((&*kind.kind, kind.rows, kind.time_taken.count), ("token_renewal", 2, 1));
    assert_eq!(kind.errors_share, Some(1.0), "one of one logged status");
    let share = |name: &str| {
        let field = found.missing_fields.iter().find(|one| one.field == name);
        field.map(|one| one.rows_share)
    };
    assert_eq!(
        (share("time-taken"), share("sc-status"), share("c-ip")),
        (Some(0.5), Some(0.5), Some(1.0))
    );
}

#[test]
fn rows_without_a_date_use_the_directive() {
    let log = "#Date: 2026-11-30 23:59:00\n#Fields: time cs-uri-stem\n23:59:59 /CCM_STS\n\
        00:00:01 /CCM_STS\n";
    let found = summary(log);
    assert_eq!(found.first.as_deref(), Some("2026-11-30T23:59:59Z"));
    assert_eq!(found.last.as_deref(), Some("2026-12-01T00:00:01Z"));
    let found = summary("#Fields: time cs-uri-stem\n23:59:59 /CCM_STS\n");
    assert_eq!(reasons(&found), [("date", 1, 2)]);
}

#[test]
fn bad_lines_are_counted_by_reason() {
    let good = row(10, 1, 5);
    let long = "x".repeat(100_000);
    let log = format!(
        "{FIELDS}{good}{}\r\n\0\0\0{good}\u{1}binary\u{0}x\n{long}\n{}{}{}",
        &good[..40],
        good.replace("00:00:10", "25:00:10"),
        good.replace("2026-11-30", "2026-11-31"),
        good.replace(" 542 5\r", " 542 5.5\r"),
    );
    let found = summary(&log);
    assert_eq!(
        reasons(&found),
        [
            ("columns", 1, 6),
            ("date", 1, 11),
            ("time", 1, 10),
            ("too_long", 1, 9),
            ("zero_bytes", 2, 7),
            ("number", 1, 12),
        ]
    );
    assert_eq!(found.rows, 3);
    assert_eq!(found.kinds[0].time_taken.count, 2);
}

#[test]
fn every_encoding_and_compression_gives_the_same_tallies() {
    let log = format!("{FIELDS}{}{}", row(10, 1, 5), row(11, 2, 7).repeat(500));
    let folder = tempfile::tempdir().expect("a folder");
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    };
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(log.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let halves = log.as_bytes().split_at(777);
    let members = [gzip(halves.0), gzip(halves.1)].concat();
    let options = zip::write::SimpleFileOptions::default();
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.add_directory("W3SVC1", options).expect("memory");
    archive.start_file("W3SVC1/u_ex1.log", options).expect("memory");
    archive.write_all(log.as_bytes()).expect("memory");
    archive.start_file("u_ex2.log.gz", options).expect("memory");
    archive.write_all(&members).expect("memory");
    let archive = archive.finish().expect("memory").into_inner();
    let rules = Rules::builtin();
    let read = |bytes: &[u8]| {
        let path = folder.path().join("a.log");
        std::fs::write(&path, bytes).expect("a file");
        let mut reader = LogReader::new(&rules, None);
        assert!(read_inputs(&mut reader, &[Input::File(path)], &mut &b""[..], &mut |_| true));
        summarise(&reader.finish())
    };
    let expected = read(log.as_bytes());
    assert_eq!((expected.rows, expected.kinds[0].clients), (501, Some(2)));
    for bytes in [&utf16, &members] {
        let found = read(bytes);
        assert_eq!(found.to_json().len(), expected.to_json().len());
        assert_eq!((found.rows, &found.unreadable.len()), (501, &0));
    }
    let found = read(&archive);
    assert_eq!((found.files, found.rows), (2, 1002));
    let cut = read(&members[..members.len() - 20]);
    assert_eq!(reasons(&cut)[0].0, "damaged_file");
    assert!(cut.rows > 0 && cut.rows < 501);
    let broken = read(&archive[..archive.len() / 2]);
    assert_eq!((broken.rows, broken.unopened.len()), (0, 1));
    let mut reader = LogReader::new(&rules, None);
    read_inputs(&mut reader, &[Input::StandardInput], &mut &archive[..], &mut |_| true);
    let refused = summarise(&reader.finish());
    assert!(refused.unopened[0].reason.contains("unzip -p"), "{:?}", refused.unopened);
}

/// A `#Fields` line before each row makes the reader forget the rows before.
#[test]
fn earlier_rows_do_not_change_the_meaning_of_a_row() {
    let good = row(10, 1, 5);
    let other = good.replace("192.168.2.12", "192.168.2.13");
    let aut = good.replace("/ccm_system/request -", "/SMS_MP/.sms_aut MPLIST");
    let rows = [
        good.clone(),
        good.replace(" 443 ", " x "),
        good.clone(),
        good.replace("00:00:10", "00:00:11"),
        good.replace("00:00:10", "00:00 11"),
        good.replace("00:00:10", "00:00:99"),
        other.clone(),
        good.replace("2026-11-30", "2026-12-01"),
        other,
        aut.clone(),
        aut.replace("MPLIST", "mpcert"),
        aut,
        good.replace("443 - 10", "443  - 10"),
        good.replace("-30 00", "-30  00"),
        good.replace("-30 00", "-30  00").replace("ccm_system", "x"),
        good.replace("00:00:10", "00:00:99").replace("2.12", "2.122"),
        good.replace("00:00:10", "00:00:12").replace("ccm_system", "y"),
        good.replace(" ccmhttp", " \"ccm http\""),
        good.replace(" 542 5\r", " 123456789 5\r"),
        good.replace(" 542 5\r", " - x\r"),
        good.replace(" 542 5\r", " 5\r"),
        good.clone(),
        good[..60].to_owned() + "\n",
        good,
    ];
    let fields = FIELDS.lines().last().expect("the fields");
    let separate: String = rows.iter().map(|row| format!("{fields}\n{row}")).collect();
    let (one, other) = (summary(&format!("{FIELDS}{}", rows.concat())), summary(&separate));
    let count = |summary: &LogSummary| -> Vec<(String, u64)> {
        summary.unreadable.iter().map(|one| (one.reason.clone(), one.count)).collect()
    };
    assert_eq!(count(&one), count(&other));
    assert_eq!((one.rows, one.clock_steps, one.servers), (19, other.clock_steps, other.servers));
    let kinds = |summary: &LogSummary| serde_json::to_string(&summary.kinds).expect("JSON");
    assert_eq!(kinds(&one), kinds(&other));
    let log = "#Fields: time cs-uri-stem\n#Date: 2026-11-29 00:00:00\n00:00:01 /CCM_STS\n\
        #Date: 2026-11-30 00:00:00\n00:00:01 /CCM_STS\n";
    assert_eq!(summary(log).last.as_deref(), Some("2026-11-30T00:00:01Z"));
}

#[test]
fn a_member_that_cannot_be_read_does_not_hide_the_others() {
    let log = format!("{FIELDS}{}", row(10, 1, 5).repeat(500));
    let archive = |members: &[(&str, &[u8])]| {
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in members {
            archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("memory");
            archive.write_all(bytes).expect("memory");
        }
        archive.finish().expect("memory").into_inner()
    };
    let inner = archive(&[("u_ex1.log", log.as_bytes())]);
    let mut outer =
        archive(&[("in.zip", &inner), ("bad.log", log.as_bytes()), ("good.log", log.as_bytes())]);
    // The compressed bytes of a member follow its name.
    let at = outer.windows(7).position(|part| part == b"bad.log").expect("the member") + 7;
    outer[at..at + 8].fill(0xff);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("logs.zip");
    std::fs::write(&path, outer).expect("a file");
    let missing = Input::File(folder.path().join("none.log"));
    let rules = Rules::builtin();
    let mut reader = LogReader::new(&rules, None);
    read_inputs(&mut reader, &[Input::File(path), missing], &mut &b""[..], &mut |_| true);
    let found = summarise(&reader.finish());
    assert_eq!(found.rows, 500);
    for (unopened, expected) in found.unopened.iter().zip([
        ("logs.zip/in.zip", "extract the outer archive"),
        ("logs.zip/bad.log", "copy or compress it again"),
        ("none.log", "the file was removed or renamed"),
    ]) {
        let (file, reason) = (&unopened.file, &unopened.reason);
        assert!(file.ends_with(expected.0) && reason.contains(expected.1), "{file}: {reason}");
    }
    assert_eq!(found.unopened.len(), 3);
}

/// A source without line breaks can be endless.
#[test]
fn a_line_without_end_can_be_interrupted() {
    let rules = Rules::builtin();
    let mut reader = LogReader::new(&rules, None);
    let mut calls = 0;
    let goes_on = reader.read("zeros", &mut std::io::repeat(0), &mut |_| {
        calls += 1;
        calls < 3
    });
    assert_eq!((goes_on, calls), (false, 3));
}

#[test]
fn latin_1_bytes_do_not_matter() {
    let line = row(10, 1, 5).replace("/ccm_system/request", "/SMS_MP/.sms_pol");
    let mut log = [FIELDS.as_bytes(), line.as_bytes()].concat();
    let at = log.windows(4).position(|part| part == b"_pol").expect("the path");
    log.splice(at + 4..at + 4, *b"/Z\xfcrich");
    let found = summarise(&tallies(&[&log]));
    assert_eq!(found.kinds[0].kind, RequestKind::PolicyBody.name());
    let at = log.windows(4).position(|part| part == b"_MP/").expect("the path");
    log[at] = 0xfc;
    assert!(text(&summarise(&tallies(&[&log]))).contains("CCM_POST /*/.sms_pol/*"));
}

#[test]
fn servers_and_clock_steps_are_recognised() {
    let other = |text: String| text.replace("192.168.2.12", "192.168.2.13");
    let log = format!(
        "{FIELDS}{}{}{}{}",
        row(5000, 1, 5),
        other(row(4000, 1, 5)),
        row(4990, 1, 5),
        row(1000, 1, 5)
    );
    let found = summary(&log);
    assert_eq!((found.servers, found.clock_steps, found.rows), (2, 1, 4));
    assert_eq!(found.covered_s, 4001);
}

#[test]
fn few_addresses_are_recognised_as_a_connection_point() {
    let rows: String = (0..2000).map(|number| row(number, number % 2, 5)).collect();
    let found = summary(&format!("{FIELDS}{rows}"));
    assert_eq!(found.kinds[0].clients, None);
    assert!(text(&found).contains("hides"), "{}", text(&found));
    let rows: String = (0..2000).map(|number| row(number, number % 100, 5)).collect();
    assert_eq!(summary(&format!("{FIELDS}{rows}")).kinds[0].clients, Some(100));
}

#[test]
fn names_and_addresses_never_leave_the_parser() {
    let secrets = ["alice", "PC-4711", "10.9.8.7", "CONTOSO", "fe80::77", "secret-query"];
    let fields = "#Fields: date time s-computername cs-method cs-uri-stem cs-uri-query s-port \
        cs-username c-ip cs(User-Agent) cs-host sc-status time-taken sc-bytes\n";
    let mut log = fields.to_owned();
    for number in 0..3000 {
        let path = match number % 5 {
            0 => "/ccm_system/request",
            1 => "/users/alice/PC-4711",
            2 => "/alice",
            3 => "/PC-4711/alice.asmx",
            _ => "/10.9.8.7/CONTOSO/x.aspx",
        };
        let client = if number % 2 == 0 { "10.9.8.7" } else { "fe80::77" };
        log.push_str(&format!(
            "2026-11-30 10:00:00 PC-4711 GET {path} secret-query=alice 443 CONTOSO\\alice {client} \
             PC-4711 alice.contoso.com 404 x{number}alice 5\n"
        ));
    }
    log.push_str("alice PC-4711 10.9.8.7\nalice\0PC-4711\n#Fields: alice\n10.9.8.7 CONTOSO\n");
    let rules = Rules::builtin();
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").expect("a zone");
    let mut reader = LogReader::new(&rules, Some(zone));
    reader.read("a.log", &mut log.as_bytes(), &mut |_| true);
    let tallies = reader.finish();
    let found = summarise(&tallies);
    assert_eq!((found.rows, found.unreadable_lines), (3000, 3));
    let mut outputs = vec![text(&found), String::from_utf8_lossy(&found.to_json()).into_owned()];
    for table in tables::logs::of_logs(&found) {
        outputs.push(String::from_utf8_lossy(&csv::to_bytes(&table)).into_owned());
    }
    outputs.push(format!("{tallies:?}"));
    for output in outputs {
        for secret in secrets {
            let at = output.to_lowercase().find(&secret.to_lowercase());
            let context = at.map(|at| output.chars().skip(at.saturating_sub(40)).take(90));
            assert_eq!(context.map(Iterator::collect::<String>), None, "{secret}");
        }
    }
}

/// Returns the resident memory of this process in bytes; `None` outside Linux.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(1024 * line.trim().trim_end_matches(" kB").parse::<u64>().ok()?)
}

#[test]
fn a_line_of_one_gigabyte_is_skipped() {
    let mut chunks = 0;
    let mut source = Generated::new(|chunk| {
        chunks += 1;
        match chunks {
            1 => chunk.extend_from_slice(FIELDS.as_bytes()),
            2..=1001 => chunk.resize(1_000_000, b'x'),
            1002 => chunk.extend_from_slice(format!("\n{}", row(1, 1, 1)).as_bytes()),
            _ => return false,
        }
        true
    });
    let rules = Rules::builtin();
    let mut reader = LogReader::new(&rules, None);
    reader.read("long.log", &mut source, &mut |_| true);
    let found = summarise(&reader.finish());
    assert_eq!((reasons(&found), found.rows), (vec![("too_long", 1, 5)], 1));
    assert!(found.bytes > 1_000_000_000);
}

#[test]
fn estimated_numbers_of_clients_are_the_same_in_each_reading() {
    let rows: String = (0..20_000).map(|client| row(client / 10, client, 1)).collect();
    let log = FIELDS.to_owned() + &rows;
    let clients = || summary(&log).kinds[0].clients.expect("countable");
    assert_eq!(clients(), clients());
    assert!(clients().abs_diff(20_000) > 0, "the number is exact, so the test shows nothing");
}

#[test]
#[ignore = "takes a minute without optimisation; run it alone, because it measures memory"]
fn five_million_clients_fit_into_the_memory_limit() {
    const CLIENTS: u64 = 5_000_000;
    let mut next = 0;
    let mut source = Generated::new(|chunk| {
        if next == 0 {
            chunk.extend_from_slice(FIELDS.as_bytes());
        }
        for _ in 0..1000 {
            chunk.extend_from_slice(row(next / 100, next, next % 5000).as_bytes());
            next += 1;
        }
        next <= CLIENTS
    });
    let rules = Rules::builtin();
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").expect("a zone");
    let mut reader = LogReader::new(&rules, Some(zone));
    reader.read("large.log", &mut source, &mut |_| true);
    let found = summarise(&reader.finish());
    let clients = found.kinds[0].clients.expect("countable") as f64;
    // Four standard errors of 0.8 %.
    assert!((clients / CLIENTS as f64 - 1.0).abs() < 0.0325, "{clients}");
    if let Some(bytes) = peak_memory() {
        assert!(bytes < 200_000_000, "{bytes} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let found = summarise(&tallies(&[&bytes, FIELDS.as_bytes(), &bytes]));
        let _ = text(&found);
    }

    #[test]
    fn any_values_can_be_read(
        values in proptest::collection::vec("[ -~\u{e9}\u{0}]{0,12}", 17..18),
        at in 0_usize..17,
    ) {
        let mut row: Vec<String> =
            row(10, 1, 5).trim().split(' ').map(str::to_owned).collect();
        row[at] = values[at].clone();
        let found = summary(&format!("{FIELDS}{}\n{}\n", row.join(" "), values.join(" ")));
        // A row that begins with `#` is a directive or a comment.
        let is_row = |line: &str| !line.is_empty() && !line.starts_with('#');
        let rows = [row.join(" "), values.join(" ")].iter().filter(|line| is_row(line)).count();
        prop_assert!(found.rows + found.unreadable_lines >= rows as u64);
        prop_assert!(!text(&found).is_empty());
    }
}
