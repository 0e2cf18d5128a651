//! What the owner wants of a link.

use qmt_proto::LinkId;

use super::{Settings, State};
use crate::client::store::{Kind, StoreFull};
use crate::client::{LinkConfig, Plan, Refusal};

impl Plan<'_> {
    /// The link shall be connected as `config` says.
    pub(in crate::client) fn want(
        &mut self,
        id: LinkId,
        config: &LinkConfig<'_>,
    ) -> Result<(), Refusal> {
        if !self.link(id).is_at_rest() {
            return Err(Refusal::NotReady);
        }
        self.store.forget_connection(id);
        if self.remember(id, config).is_err() {
            self.store.forget_connection(id);
            return Err(Refusal::StoreFull);
        }
        self.module.wake();
        let now = self.now;
        let link = self.links.of_mut(id);
        link.settings = Settings {
            port: config.port,
            keep_alive: config.keep_alive,
            clean_session: config.clean_session,
            version: config.version,
            timeout: config.timeout,
            send_format: config.send_format,
            recv_format: config.recv_format,
            echo_data: config.echo_data,
            publish_form: config.publish_form,
            #[cfg(feature = "will")]
            will: config.will.map(|will| (will.qos, will.retain)),
            #[cfg(not(feature = "will"))]
            will: None,
        };
        link.wanted = true;
        link.backoff.reset();
        link.state = State::Waiting(now);
        Ok(())
    }

    fn remember(&mut self, id: LinkId, config: &LinkConfig<'_>) -> Result<(), StoreFull> {
        let store = &mut self.store;
        store.add(Kind::Host, id, 0, config.host.as_str())?;
        store.add(Kind::ClientId, id, 0, config.client_id.as_str())?;
        if let Some(credentials) = config.credentials {
            store.add(Kind::Username, id, 0, credentials.username.expose())?;
            if let Some(password) = credentials.password {
                store.add(Kind::Password, id, 0, password.expose())?;
            }
        }
        #[cfg(feature = "will")]
        if let Some(will) = config.will {
            store.add(Kind::WillTopic, id, 0, will.topic.as_str())?;
            store.add(Kind::WillMessage, id, 0, will.message.expose())?;
        }
        #[cfg(feature = "aliauth")]
        if let Some(auth) = config.aliauth {
            store.add(Kind::ProductKey, id, 0, auth.product_key.expose())?;
            store.add(Kind::DeviceName, id, 0, auth.device_name.as_str())?;
            store.add(Kind::DeviceSecret, id, 0, auth.device_secret.expose())?;
        }
        Ok(())
    }

    /// The link shall not be connected any more.
    pub(in crate::client) fn unwant(&mut self, id: LinkId) {
        self.store.end_wishes(id);
        let link = self.links.of_mut(id);
        link.wanted = false;
        if link.state == State::Idle {
            link.state = State::Closed;
        }
    }
}
