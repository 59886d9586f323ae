//! Tests of price books and bills: a bill of two months recomputed by hand, and errors in price
//! books.

use std::fs;
use std::path::Path;

use cmgsim::data::{Bill, Flows, Money, PriceProvenance};
use cmgsim::internals::results::bill::{BilledRun, bill, in_tiers};
use cmgsim::internals::scenario::{LoadRequest, ScenarioOrigin, load};
use cmgsim::{DeploymentResult, GatewayResult, Scenario};
use tempfile::TempDir;

use crate::common::cmgsim;

/// A price book with invented prices.
const BOOK: &str = r#"
currency = "EUR"
region = "westeurope"
date = "2026-11-30"
source = "invented for this test"
hours_per_month = "calendar"
vm_hour.A4_v2 = 0.25
vm_factor = 0.6                  # a reservation with a discount of 40 %
os_disk_month = 5.50
egress_tiers = [
    { above_gb = 0, price = 0 },
    { above_gb = 100, price = 0.08 },
    { above_gb = 10340, price = 0.06 },
]
storage_gb_month = 0.02
storage_operations_10k = 0.004
public_ip_hour = 0.005
load_balancer_hour = 0.025
load_balancer_rule_hour = 0.01
load_balancer_gb = 0.005
log_gb = 2.50
"#;

/// An event that occurs three times per month, in addition to the normal traffic of the month.
const SCENARIO: &str = r#"
schema = 1
duration = "12h"
[gateway.main]
size = "A4_v2"
instances = 3
[connection_point.cp]
[management_point.mp]
[cohort.remote]
clients = 1
[prices]
book = "prices/westeurope.toml"
[bill]
events_per_month = 3
normal_egress_gb = 9300
normal_load_balancer_gb = 18600
normal_storage_operations = 1860000
stored_gb = 200
log_gb_per_month = 3
extra_load_balancer_rules = 2
"#;

/// Writes a scenario and its price book.
fn folder(scenario: &str, book: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("folder is created");
    fs::create_dir(folder.path().join("prices")).expect("folder is created");
    fs::write(folder.path().join("prices/westeurope.toml"), book).expect("file is written");
    fs::write(folder.path().join("event.toml"), scenario).expect("file is written");
    folder
}

fn loaded(folder: &Path, overrides: &[&str]) -> Result<Scenario, String> {
    let origin = ScenarioOrigin::Path(folder.join("event.toml"));
    let overrides = overrides.iter().map(|text| (*text).to_owned()).collect();
    load(&LoadRequest { origin, overrides })
        .map_err(|problems| problems.render(false).replace(&format!("{}/", folder.display()), ""))
}

/// The bill of 12 hours with 655 GB of egress, of which storage sends 400 GB; one of the instances
/// is added for five hours.
fn bill_of_event(scenario: &Scenario) -> Bill {
    let gateway = GatewayResult {
        name: "main".to_owned(),
        instance_hours: 3.0 * 12.0 + 5.0,
        configured_instances: 3,
        has_storage: true,
        ..GatewayResult::default()
    };
    let flows = Flows {
        clients_to_gateways_bytes: 455_000_000_000,
        gateways_to_clients_bytes: 200_000_000_000,
        gateways_to_sites_bytes: 55_000_000_000,
        storage_to_clients_bytes: 400_000_000_000,
        ..Flows::default()
    };
    let deployment = DeploymentResult {
        size_bytes: 50_000_000_000,
        is_in_storage: true,
        from_storage_bytes: 400_000_000_000,
        ..DeploymentResult::default()
    };
    bill(&BilledRun {
        gateways: &[gateway],
        flows: &flows,
        deployments: &[deployment],
        has_disruptions: false,
        prices: &scenario.prices,
        measured_seconds: 12.0 * 3600.0,
    })
}

/// Compares item, tier, quantity to a millionth, and amount to the cent.
fn check(lines: &[cmgsim::data::BillLine], expected: &[(&str, &str, f64, &str)]) {
    let rounded = |quantity: f64| (quantity * 1e6).round() / 1e6;
    let found: Vec<_> = lines
        .iter()
        .map(|line| {
            let amount = line.amount.expect("every item has a price").to_string();
            (line.item.as_str(), line.tier.as_str(), rounded(line.quantity), amount)
        })
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(item, tier, quantity, amount)| (*item, *tier, *quantity, (*amount).to_owned()))
        .collect();
    assert_eq!(found, expected);
}

/// November has 720 hours. The 12 hours of the event are a sixtieth of it, so the normal traffic of
/// these hours is 9,300 / 60 = 155 GB of egress, 18,600 / 60 = 310 GB through load balancers and
/// 1,860,000 / 60 = 31,000 operations.
#[test]
fn the_bill_of_november_agrees_with_a_calculation_by_hand() {
    let folder = folder(SCENARIO, BOOK);
    let november = loaded(folder.path(), &["start=2026-11-10T08:00"]).expect("it loads");
    let found = bill_of_event(&november);
    check(
        &found.month,
        &[
            // 3 instances * 720 h + 3 events * 5 h = 2,175 h at 0.25 * 0.6 = 0.15.
            ("VM instances of main", "", 2175.0, "326.25"),
            // 2,175 / 720 = 3.020833 disks at 5.50 = 16.614583.
            ("OS disks", "", 3.020833, "16.61"),
            // 9,300 + 3 * (655 - 155) = 10,800 GB: 100 free, 10,240 at 0.08, 460 at 0.06.
            ("egress", "first 100 GB", 100.0, "0.00"),
            ("egress", "100 to 10340 GB", 10240.0, "819.20"),
            ("egress", "above 10340 GB", 460.0, "27.60"),
            // 200 + 50 GB at 0.02.
            ("storage", "", 250.0, "5.00"),
            // 720 h at 0.005, and 720 h at 0.025.
            ("public addresses", "", 720.0, "3.60"),
            ("load balancers", "", 720.0, "18.00"),
            // The period has 455 + 55 + 2 * 200 = 910 GB: 18,600 + 3 * (910 - 310) = 20,400 GB at
            // 0.005.
            ("load balancers: data", "", 20400.0, "102.00"),
            // 2 rules * 720 h at 0.01.
            ("load balancers: more rules", "", 1440.0, "14.40"),
            // 400 GB in chunks of 4 MB are 100,000 operations: 1,860,000 + 3 * (100,000 - 31,000)
            // = 2,067,000, or 206.7 units at 0.004 = 0.8268.
            ("storage operations", "", 206.7, "0.83"),
            // 3 GB at 2.50.
            ("logs", "", 3.0, "7.50"),
        ],
    );
    // 326.25 + 16.614583 + 0 + 819.20 + 27.60 + 5.00 + 3.60 + 18.00 + 102.00 + 14.40 + 0.8268
    // + 7.50 = 1,340.991383.
    assert_eq!(found.month_total.map(|total| total.cents()), Some(134_099));
    check(
        &found.event,
        &[
            // 5 h at 0.15; 5 / 720 = 0.006944 disks at 5.50 = 0.038194.
            ("VM instances of main", "", 5.0, "0.75"),
            ("OS disks", "", 0.006944, "0.04"),
            // 500 GB on top of 9,300 GB stay below 10,340 GB: 0.08 each.
            ("egress", "100 to 10340 GB", 500.0, "40.00"),
            // 910 - 310 = 600 GB at 0.005; 69,000 operations at 0.004 per 10,000 = 0.0276.
            ("load balancers: data", "", 600.0, "3.00"),
            ("storage operations", "", 6.9, "0.03"),
        ],
    );
    // 0.75 + 0.038194 + 40.00 + 3.00 + 0.0276 = 43.815794.
    assert_eq!(found.event_total.map(|total| total.cents()), Some(4_382));
    assert!(found.doubts.is_empty());
}

/// December has 744 hours. The event takes 1/62 of it: 9,300 / 62 = 150 GB, 18,600 / 62 = 300 GB
/// and 1,860,000 / 62 = 30,000 operations are normal.
#[test]
fn the_bill_of_december_agrees_with_a_calculation_by_hand() {
    let folder = folder(SCENARIO, BOOK);
    let december = loaded(folder.path(), &["start=2026-12-08T08:00"]).expect("it loads");
    let found = bill_of_event(&december);
    check(
        &found.month,
        &[
            // 3 * 744 + 15 = 2,247 h at 0.15.
            ("VM instances of main", "", 2247.0, "337.05"),
            // 2,247 / 744 = 3.020161 at 5.50 = 16.610887.
            ("OS disks", "", 3.020161, "16.61"),
            // 9,300 + 3 * (655 - 150) = 10,815 GB.
            ("egress", "first 100 GB", 100.0, "0.00"),
            ("egress", "100 to 10340 GB", 10240.0, "819.20"),
            ("egress", "above 10340 GB", 475.0, "28.50"),
            ("storage", "", 250.0, "5.00"),
            ("public addresses", "", 744.0, "3.72"),
            ("load balancers", "", 744.0, "18.60"),
            // 18,600 + 3 * (910 - 300) = 20,430 GB at 0.005.
            ("load balancers: data", "", 20430.0, "102.15"),
            ("load balancers: more rules", "", 1488.0, "14.88"),
            // 1,860,000 + 3 * 70,000 = 2,070,000 operations: 207 * 0.004 = 0.828.
            ("storage operations", "", 207.0, "0.83"),
            ("logs", "", 3.0, "7.50"),
        ],
    );
    // 337.05 + 16.610887 + 819.20 + 28.50 + 5.00 + 3.72 + 18.60 + 102.15 + 14.88 + 0.828 + 7.50
    // = 1,354.038887.
    assert_eq!(found.month_total.map(|total| total.cents()), Some(135_404));
}

#[test]
fn every_gigabyte_is_in_exactly_one_tier() {
    let folder = folder(SCENARIO, BOOK);
    let prices = loaded(folder.path(), &[]).expect("it loads").prices;
    let parts = |before: f64, gigabytes: f64| -> Vec<(f64, f64)> {
        let tiers = in_tiers(&prices, before, gigabytes).into_iter();
        tiers.map(|(tier, part)| (tier.price, part)).collect()
    };
    assert_eq!(parts(0.0, 0.0), []);
    assert_eq!(parts(0.0, 100.0), [(0.0, 100.0)], "the limit belongs to the lower tier");
    assert_eq!(parts(0.0, 101.0), [(0.0, 100.0), (0.08, 1.0)]);
    assert_eq!(parts(100.0, 1.0), [(0.08, 1.0)]);
    assert_eq!(parts(10_339.0, 3.0), [(0.08, 1.0), (0.06, 2.0)]);
    assert_eq!(parts(50.0, 20_000.0), [(0.0, 50.0), (0.08, 10_240.0), (0.06, 9_710.0)]);
}

#[test]
fn keys_of_the_scenario_override_the_price_book() {
    let folder = folder(SCENARIO, BOOK);
    let with = |overrides: &[&str]| loaded(folder.path(), overrides).expect("it loads").prices;
    let prices = with(&["prices.hours_per_month=730", "prices.public_ip_hour=0.009"]);
    assert_eq!((prices.month_hours(), prices.public_ip_hour), (730.0, Some(0.009)));
    assert_eq!(prices.vm_price(0), Some(0.25 * 0.6));
    assert!(!prices.is_example && prices.currency == "EUR");
    let of = |key: &str| prices.provenance_of(key);
    assert_eq!(of("prices.vm_hour.A4_v2"), PriceProvenance::PriceBook);
    assert_eq!(of("prices.public_ip_hour"), PriceProvenance::Scenario);
    assert_eq!(of("prices.vm_hour.A2_v2"), PriceProvenance::Assumed);
    // A price without tiers replaces the tiers of the price book.
    let flat = with(&["prices.egress_gb=0.1", "prices.egress_free_gb=0"]);
    let tiers: Vec<_> = flat.egress().iter().map(|tier| (tier.above_gb, tier.price)).collect();
    assert_eq!(tiers, [(0.0, 0.1)]);
    // The resolved scenario contains all prices, so it needs no file.
    let text = loaded(folder.path(), &[]).expect("it loads").resolved.to_toml();
    assert!(!text.contains("book =") && text.contains("vm_factor = 0.6"), "{text}");
    let origin = ScenarioOrigin::Text { name: "resolved".to_owned(), text };
    let again = load(&LoadRequest { origin, overrides: Vec::new() });
    let again = again.unwrap_or_else(|problems| panic!("{}", problems.render(false))).prices;
    assert_eq!(bill_total(&again), bill_total(&with(&[])));
}

fn bill_total(prices: &cmgsim::data::PriceBook) -> Option<Money> {
    let origin = ScenarioOrigin::Preset("quickstart".to_owned());
    let mut scenario = load(&LoadRequest { origin, overrides: Vec::new() }).expect("it loads");
    scenario.prices = prices.clone();
    bill_of_event(&scenario).month_total
}

/// Errors show the line and column in the price book, or where the scenario names it.
#[test]
fn errors_in_a_price_book_have_a_position_and_a_remedy() {
    let refused = |scenario: &str, book: &str| {
        loaded(folder(scenario, book).path(), &[]).expect_err("it is refused")
    };
    let without = |book: &str, line: &str| book.replace(line, "");
    for (scenario, book, expected) in [
        (SCENARIO.replace("westeurope.toml", "east.toml"), BOOK.to_owned(), "event.toml:12:8"),
        (SCENARIO.replace("prices/west", "../west"), BOOK.to_owned(), "in the scenario's folder"),
        (SCENARIO.to_owned(), BOOK.replace("log_gb", "logs_gb"), "did you mean `log_gb`?"),
        (SCENARIO.to_owned(), BOOK.replace("log_gb = 2.50", "book = \"x\""), "has no key `book`"),
        (SCENARIO.to_owned(), BOOK.replace("= 0.25", "= -0.25"), "westeurope.toml:7:17"),
        (SCENARIO.to_owned(), BOOK.replace("above_gb = 0,", "above_gb = 5,"), "above 0 GB"),
        (SCENARIO.to_owned(), BOOK.replace("price = 0 }", "cost = 0 }"), "westeurope.toml:10:16"),
        (SCENARIO.to_owned(), BOOK.replace("\"calendar\"", "745"), "from 1 to 744"),
        (
            SCENARIO.to_owned(),
            without(&without(BOOK, "date = \"2026-11-30\""), "region = \"westeurope\""),
            "does not set region, date",
        ),
        (SCENARIO.to_owned(), format!("{BOOK}egress_gb = 0.1\n"), "set only one"),
        (without(SCENARIO, "events_per_month = 3"), BOOK.to_owned(), "is missing"),
    ] {
        let text = refused(&scenario, &book);
        assert!(text.contains(expected), "{expected}:\n{text}");
    }
}

/// The files of `tests/retail_prices` have the shape that Microsoft documents for the Azure Retail
/// Prices API. They are constructed with invented prices, not recorded.
fn constructed(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/retail_prices").join(name)
}

/// Imports prices; returns standard output and standard error.
fn imported(arguments: &[&str], code: i32) -> (String, String) {
    let run = cmgsim().args(["prices", "import"]).args(arguments).assert().code(code);
    let output = run.get_output();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn prices_of_the_api_become_a_price_book() {
    let [json, csv] = ["constructed.json", "constructed.csv"].map(constructed);
    let [json, csv] = [&json, &csv].map(|path| path.to_str().expect("text"));
    let (book, notes) = imported(&[json, "--region", "westeurope"], 0);
    for expected in [
        "currency = \"EUR\"\nregion = \"westeurope\"\ndate = \"2026-10-01\"\n",
        "hours_per_month = 730",
        // The Windows price, and neither Linux, low priority, reservation, nor development.
        "vm_hour.A2_v2 = 0.1234\n",
        "vm_hour.A4_v2 = 0.2591\n",
        // 41.30 per 100 hours.
        "vm_hour.D4ads_v6 = 0.413\n",
        "os_disk_month = 8.83\n",
        "egress_tiers = [\n    { above_gb = 0, price = 0 },\n    { above_gb = 100, price = 0.0801 },\n    \
         { above_gb = 10340, price = 0.0765 },\n]\n",
        "load_balancer_hour = 0.0231\n",
        "load_balancer_rule_hour = 0.0093\n",
        "load_balancer_gb = 0.0047\n",
        "public_ip_hour = 0.0046\n",
        // The first tier, and the first price above zero.
        "storage_gb_month = 0.0182\n",
        "storage_operations_10k = 0.0041\n",
        "log_gb = 2.63\n",
    ] {
        assert!(book.contains(expected), "{expected}:\n{book}");
    }
    assert!(notes.contains("imported 12 prices of westeurope in EUR"), "{notes}");
    assert!(notes.contains("1 reservation prices are not used; set vm_factor"), "{notes}");
    assert!(notes.contains("Key Vault, Operations (1)"), "{notes}");
    // The CSV file has the same prices, and a book is a file that a scenario can name.
    let (of_csv, _) = imported(&[csv, "--region", "westeurope"], 0);
    let without_source = |book: &str| -> Vec<String> {
        book.lines().filter(|line| !line.starts_with("source")).map(str::to_owned).collect()
    };
    assert_eq!(without_source(&book), without_source(&of_csv));
    let folder = folder(SCENARIO, &book);
    let prices = loaded(folder.path(), &[]).expect("it loads").prices;
    assert_eq!((prices.vm_price(0), prices.month_hours()), (Some(0.2591), 730.0));
    let path = folder.path().join("prices/westeurope.toml");
    let shown = cmgsim().args(["prices", "show"]).arg(&path).assert().success();
    let shown = String::from_utf8_lossy(&shown.get_output().stdout).into_owned();
    assert!(shown.contains("vm_hour.A4_v2") && shown.contains("0.2591"), "{shown}");
    assert!(shown.contains("not set: vm_hour.B2s,"), "{shown}");
    // An existing price book is not overwritten.
    let out = path.to_str().expect("text");
    let (_, refused) = imported(&[json, "--region", "westeurope", "--out", out], 2);
    assert!(refused.contains("exists"), "{refused}");
}

#[test]
fn ambiguous_prices_are_refused_with_a_remedy() {
    let folder = tempfile::tempdir().expect("folder is created");
    let json = fs::read_to_string(constructed("constructed.json")).expect("it is readable");
    let refused = |text: &str, arguments: &[&str], code: i32| {
        let file = folder.path().join("prices.json");
        fs::write(&file, text).expect("file is written");
        let file = file.to_str().expect("text");
        imported(&[&[file][..], arguments].concat(), code).1
    };
    let west = ["--region", "westeurope"];
    let text = refused(&json, &[], 3);
    assert!(text.contains("choose one with --region: northeurope, westeurope"), "{text}");
    let text = refused(&json, &["--region", "eastus"], 3);
    assert!(text.contains("no region `eastus`"), "{text}");
    // Two disks: the user must choose one.
    let disk = json.find("Standard SSD Managed Disks").expect("a disk");
    let start = json[..disk].rfind("  {").expect("an item");
    let end = disk + json[disk..].find('}').expect("an end") + 1;
    let other = json[start..end].replace("E10", "E6").replace("8.83", "4.41");
    let other = other.replace("\"meterId\": \"0", "\"meterId\": \"f");
    let two = format!("{},\n{other}{}", &json[..end], &json[end..]);
    let text = refused(&two, &west, 3);
    assert!(text.contains("`os_disk_month` is ambiguous"), "{text}");
    assert!(text.contains("E10 LRS Disk: 8.83 per 1/Month above 0"), "{text}");
    assert!(text.contains("--meter os_disk_month=METER_ID"), "{text}");
    let meter = other.split("\"meterId\": \"").nth(1).and_then(|rest| rest.split('"').next());
    let meter = format!("os_disk_month={}", meter.expect("an identifier"));
    let file = folder.path().join("prices.json");
    let chosen = ["--region", "westeurope", "--meter", &meter];
    let (book, _) = imported(&[&[file.to_str().expect("text")][..], &chosen].concat(), 0);
    assert!(book.contains("os_disk_month = 4.41\n"), "{book}");
    let text = refused(&two, &["--region", "westeurope", "--meter", "os_disk_month=x"], 3);
    assert!(text.contains("no price of `os_disk_month` has this meterId"), "{text}");
    // Other units, several currencies, and a page that is not the last.
    let text = refused(&json.replace("\"1/Month\"", "\"1 Year\""), &west, 3);
    assert!(text.contains("`1 Year`") && text.contains("expected Month"), "{text}");
    let text = refused(
        &json.replacen("\"currencyCode\": \"EUR\"", "\"currencyCode\": \"USD\"", 1),
        &west,
        3,
    );
    assert!(text.contains("several currencies (EUR, USD)"), "{text}");
    let page = json.replace("\"NextPageLink\": null", "\"NextPageLink\": \"https://x\"");
    let text = refused(&page, &west, 0);
    assert!(text.contains("a file names a further page"), "{text}");
    for (text, expected) in [
        ("{}", "neither JSON nor CSV"),
        ("a,b\n1,2\n", "no column `meterName`"),
        ("meterName,retailPrice\nx,1\n", "the column `currencyCode` is missing"),
        ("{\"Items\":[{\"meterName\":\"x\"}]}", "item 1 has no `retailPrice`"),
        ("{\"Items\":[]}", "no price belongs to a key"),
    ] {
        let found = refused(text, &[], 3);
        assert!(found.contains(expected), "{expected}: {found}");
    }
}
