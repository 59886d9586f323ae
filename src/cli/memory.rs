//! Determines the memory that the program can use without swapping or being killed: the smallest of
//! the available memory of the system, the limit of the control group (version 1 or 2; containers
//! have one), and the limit of the address space.

use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};

/// Returns the available memory in bytes, if the system reports it.
pub(super) fn available() -> Option<u64> {
    let mut system = System::new().ok()?;
    system.refresh_memory();
    let own = sysinfo::get_current_pid().ok();
    if let Some(own) = own {
        let memory = ProcessRefreshKind::nothing().with_memory();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[own]), false, memory);
    }
    let process = own.and_then(|own| system.process(own));
    let group = process.and_then(sysinfo::Process::cgroup_limits).map(|limits| limits.free_memory);
    let taken = process.map_or(0, sysinfo::Process::virtual_memory);
    let addresses = address_space().map(|limit| limit.saturating_sub(taken));
    let system = Some(system.available_memory()).filter(|bytes| *bytes > 0);
    [system, group, addresses].into_iter().flatten().min()
}

/// Returns the limit of the address space in bytes (`ulimit -v`), if one is set.
#[cfg(unix)]
fn address_space() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::As).current
}

/// Returns `None`, because Windows does not limit the address space.
#[cfg(not(unix))]
fn address_space() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn available_memory_is_positive_and_at_most_that_of_the_machine() {
        let mut system = System::new().expect("a system");
        system.refresh_memory();
        let available = available().expect("available memory");
        assert!((1 << 20..=system.total_memory()).contains(&available), "{available}");
    }
}
