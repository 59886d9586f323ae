//! How much memory may be taken without swapping and without being killed for it: the least of
//! what the system has left, what the control group allows (in containers, version 1 and 2), and
//! what the limit of the address space leaves.

use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};

/// Bytes of memory that may be taken, where the system says so.
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

/// The limit of the address space (`ulimit -v`), if there is one.
#[cfg(unix)]
fn address_space() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::As).current
}

/// There is none here that a program is told of.
#[cfg(not(unix))]
fn address_space() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Not more than the machine has, and more than nothing.
    #[test]
    fn some_memory_is_available() {
        let mut system = System::new().expect("a system");
        system.refresh_memory();
        let available = available().expect("the system says so");
        assert!((1 << 20..=system.total_memory()).contains(&available), "{available}");
    }
}
