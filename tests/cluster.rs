//! Studies on a cluster give the same results as on the threads of this process.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use cmgsim::{
    Cluster, CompareOptions, Error, Look, Method, Observer, Replications, RunError, Scenario,
    SensitivityOptions, SizingOptions, SweepOptions, Watch, WorkUnit, simulate_unit,
};

/// Cluster in this process. It records the keys of all units and can stop or fail.
#[derive(Default)]
struct Here {
    keys: Mutex<Vec<String>>,
    /// Number of units after which the cluster fails; zero for never.
    fails_after: u32,
    units: AtomicU32,
}

impl Here {
    fn count(&self) -> usize {
        self.keys.lock().expect("no thread panics").len()
    }
}

impl Cluster for Here {
    fn in_flight(&self) -> usize {
        3
    }

    fn simulate(
        &self,
        unit: WorkUnit,
        should_continue: &dyn Fn() -> bool,
    ) -> Result<Option<Vec<u8>>, String> {
        self.keys.lock().expect("no thread panics").push(unit.key);
        let number = self.units.fetch_add(1, Ordering::Relaxed);
        if self.fails_after > 0 && number >= self.fails_after {
            return Err("the scheduler has stopped".to_owned());
        }
        if !should_continue() {
            return Ok(None);
        }
        simulate_unit(&unit.model, unit.number).map(Some).map_err(|refused| refused.to_string())
    }
}

impl Watch for Here {
    fn should_continue(&self, _: Look) -> bool {
        true
    }

    fn cluster(&self) -> Option<&dyn Cluster> {
        Some(self)
    }
}

impl Observer for Here {}

fn small() -> Scenario {
    let scenario = Scenario::load("quickstart").expect("it is embedded");
    let settings = ["duration=\"5h\"", "cohort.*.clients=20", "slo.latency_p95_s=\"2s\""];
    settings.into_iter().fold(scenario, |scenario, one| scenario.with(one).expect(one))
}

#[test]
fn replications_have_the_same_bits_on_a_cluster() {
    let (scenario, here) = (small(), Here::default());
    let local = cmgsim::simulate(&scenario, &Replications::of(4), &()).expect("it runs");
    let remote = cmgsim::simulate(&scenario, &Replications::of(4), &here).expect("it runs");
    assert!(format!("{local:?}") == format!("{remote:?}"), "the results differ");
    // Replication 0 is simulated here, because its full result is needed.
    assert_eq!(here.count(), 3);
}

#[test]
fn comparisons_have_the_same_bits_on_a_cluster() {
    let (first, here) = (small(), Here::default());
    let second = first.with("gateway.main.instances=4").expect("four instances");
    let options = CompareOptions { replications: Replications::of(3), ..CompareOptions::default() };
    let sides = [&first, &second];
    let local = cmgsim::compare(sides, &options, &()).expect("it runs");
    let remote = cmgsim::compare(sides, &options, &here).expect("it runs");
    assert!(format!("{local:?}") == format!("{remote:?}"), "the results differ");
    assert_eq!(here.count(), 4);
}

#[test]
fn sweeps_simulate_every_unit_once_on_a_cluster() {
    let (scenario, here) = (small(), Here::default());
    let vary = vec!["gateway.main.instances=2..4".to_owned()];
    let options = SweepOptions { vary, replications: 3, ..SweepOptions::default() };
    let local = cmgsim::sweep(&scenario, &options, &()).expect("it runs");
    let remote = cmgsim::sweep(&scenario, &options, &here).expect("it runs");
    assert!(local.to_bytes() == remote.to_bytes(), "the results differ");
    let keys = here.keys.into_inner().expect("no thread panics");
    let distinct: BTreeSet<&String> = keys.iter().collect();
    assert_eq!((keys.len(), distinct.len()), (9, 9));
}

#[test]
fn sizings_and_sensitivity_studies_have_the_same_bits_on_a_cluster() {
    let (scenario, here) = (small(), Here::default());
    let options = SizingOptions {
        find: vec!["gateway.main.instances=2..4".to_owned()],
        ..SizingOptions::default()
    };
    let local = cmgsim::size(&scenario, &options, &()).expect("it runs");
    let remote = cmgsim::size(&scenario, &options, &here).expect("it runs");
    assert_eq!(format!("{:?}", local.sizing), format!("{:?}", remote.sizing));
    // The strongest design is simulated once for the components that the search starts with.
    assert_eq!(local.sizing.replications as usize, here.count());

    let here = Here::default();
    let options = SensitivityOptions {
        method: Method::OneAtATime,
        only: vec!["handshake".to_owned()],
        replications: Some(2),
        ..SensitivityOptions::default()
    };
    let local = cmgsim::sensitivity(&scenario, &options, &()).expect("it runs");
    let remote = cmgsim::sensitivity(&scenario, &options, &here).expect("it runs");
    assert_eq!(format!("{:?}", local.result), format!("{:?}", remote.result));
    assert!(here.count() >= 6, "{}", here.count());
}

#[test]
fn errors_of_a_simulation_and_of_the_cluster_reach_the_caller() {
    let text = "schema = 1\n[management_point.mp]\ncpu = \"0s\"\ndatabase = \"0s\"\n\
        error_share = \"100%\"\n[source.s]\nenters = \"management_points\"\nrate = \"1/s\"\n\
        retry = { attempts = \"unlimited\", first = \"0s\" }\n";
    let circle = Scenario::parse(text).expect("it loads");
    let vary = vec!["seed=1..1".to_owned()];
    let options = SweepOptions { vary, replications: 1, ..SweepOptions::default() };
    let error = cmgsim::sweep(&circle, &options, &Here::default()).expect_err("it never ends");
    assert!(error.to_string().contains("simulated time stopped advancing"), "{error}");

    let here = Here { fails_after: 2, ..Here::default() };
    let error = cmgsim::simulate(&small(), &Replications::of(6), &here).expect_err("it fails");
    assert!(matches!(&error, Error::Run(RunError::Worker { .. })), "{error}");
    assert!(error.to_string().contains("the scheduler has stopped"), "{error}");
}

#[test]
fn an_error_without_the_package_names_its_installation() {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_cmgsim"));
    command.env("CMGSIM_PYTHON", "no-such-python").args(["sweep", "lab-b2s", "--color", "never"]);
    command.args(["--vary", "gateway.lab.instances=1,2", "--dask", "tcp://127.0.0.1:1"]);
    let run = command.assert().code(2);
    let said = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(said.starts_with("error: --dask needs the Python package"), "{said}");
    assert!(said.contains("pip install") && said.contains("no-such-python"), "{said}");
}
