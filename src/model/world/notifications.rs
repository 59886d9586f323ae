//! Notifications to many clients: client notifications, and the association of a boundary group
//! with a gateway.

use crate::base::ids::{BoundaryGroupId, ClientId, NotificationId};
use crate::model::client::{ChannelState, name_key};
use crate::model::config::NotifiedAction;
use crate::model::event::Event;
use crate::model::recorder::Recorder;
use crate::model::request::Origin;
use crate::terms::RequestKind;

use super::World;

impl<R: Recorder> World<'_, R> {
    /// Sends a client notification to all of its targets that are online: over their channel on a
    /// gateway, or directly. Only online clients are notified (manageabilityguys, 2016-03-29).
    #[inline(never)]
    pub(super) fn notification_due(&mut self, notification: NotificationId) {
        let config = &self.config.notifications[notification];
        let targets = self.targets("notification", &config.name, &config.target);
        let key = name_key("notification", &config.name);
        self.kernel.note_search(self.clients.all.len());
        for id in self.clients.all.ids() {
            let client = &self.clients[id];
            let is_target = targets[usize::from(client.cohort.0)].get(self.number(id) as usize);
            let is_held = matches!(client.channel, ChannelState::Open { .. });
            let is_online = client.is_on()
                && self.clients.agendas[id].is_registered()
                && (is_held || client.service.gateway().is_none());
            if !is_online || is_target != Some(&true) {
                continue;
            }
            let delay = self.draw_about(id, key, 0, |stream| config.delay.sample(stream));
            let at = self.kernel.now + delay;
            self.kernel.schedule(at, Event::Notified(id, config.action));
            if is_held {
                // The notification is the response to the request that keeps the channel open. The
                // client then sends a new request.
                self.expect_channel(id, at);
            }
        }
    }

    /// Associates a boundary group with its gateway from now on. The clients of the group learn
    /// about the association with their next location request, which the scenario may schedule.
    #[inline(never)]
    pub(super) fn association_due(&mut self, group: BoundaryGroupId) {
        let config = self.config;
        let Some(distribution) = &config.boundary_groups[group].learn else { return };
        let key = name_key("boundary_group", &config.boundary_groups[group].name);
        self.kernel.note_search(self.clients.all.len());
        for id in self.clients.all.ids() {
            if self.group(id) != Some(group) || !self.clients.agendas[id].is_registered() {
                continue;
            }
            let delay = self.draw_about(id, key, 0, |stream| distribution.sample(stream));
            let event = Event::Notified(id, NotifiedAction::Task(RequestKind::Location));
            self.kernel.schedule(self.kernel.now + delay, event);
        }
    }

    /// Handles a notification at a client. The client's schedule does not change.
    #[inline(never)]
    pub(super) fn notified(&mut self, id: ClientId, action: NotifiedAction) {
        let client = &self.clients[id];
        if !(client.is_on() && self.clients.agendas[id].is_registered()) {
            return;
        }
        match action {
            NotifiedAction::Task(kind) if client.is_outstanding(kind) => {}
            NotifiedAction::Task(kind) => self.issue(Origin::Client(id), kind),
            NotifiedAction::SwitchUpdatePoint => {
                self.next_update_point(id);
            }
        }
    }
}
