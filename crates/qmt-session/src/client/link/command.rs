//! The command a link needs next.

use qmt_proto::{
    ClientId, Command, Config, ConfigOption, Connect, Credentials, Few, Filter, Host, LinkId,
    MsgId, Name, Open, Password, Subscribe, Subscription, Unsubscribe, Username,
};

use super::options::Settling;
use super::{Link, State};
use crate::client::store::{Kind, Store, WishState};

/// The command a link needs next (QMT §3.1.2 write), and the subscription it is about with its state afterwards.
pub(super) fn command<'s>(
    link: &Link,
    id: LinkId,
    store: &'s Store<'_>,
    msg_id: impl FnOnce() -> Option<MsgId>,
) -> Option<(Command<'s>, Option<(usize, WishState)>)> {
    let settle = |option, settling| {
        Some(Command::Config(match settling {
            Settling::Asking | Settling::Checking => Config::Query(id, option),
            Settling::Setting => Config::Set(id, link.desired(option, id, store)?),
        }))
    };
    let command = match link.state {
        State::Network => Command::Read(Name::Cereg),
        State::Options(option, settling) => settle(option, settling)?,
        State::Reformatting { settling, .. } => settle(ConfigOption::DataFormat, settling)?,
        State::Clearing | State::Closing(_) => Command::Close(id),
        State::Opening => Command::Open(Open {
            link: id,
            host: Host::new(store.get(Kind::Host, id)?).ok()?,
            port: link.settings.port,
        }),
        State::Connecting => Command::Connect(Connect {
            link: id,
            client_id: ClientId::new(store.get(Kind::ClientId, id)?).ok()?,
            credentials: credentials(id, store),
        }),
        State::Connected { .. } => {
            if let Some(wish) = store.first_wish(id, WishState::Unwanted) {
                let topics = Few::one(Filter::new(wish.filter).ok()?);
                let command = Command::Unsubscribe(Unsubscribe {
                    link: id,
                    msg_id: msg_id()?,
                    topics,
                });
                return Some((command, Some((wish.at, WishState::Leaving))));
            }
            let wish = store.first_wish(id, WishState::Wanted)?;
            let topics = Few::one(Subscription {
                filter: Filter::new(wish.filter).ok()?,
                qos: wish.qos,
            });
            let command = Command::Subscribe(Subscribe {
                link: id,
                msg_id: msg_id()?,
                topics,
            });
            return Some((command, Some((wish.at, WishState::Asked))));
        }
        State::Disconnecting => Command::Disconnect(id),
        _ => return None,
    };
    Some((command, None))
}

fn credentials<'s>(id: LinkId, store: &'s Store<'_>) -> Option<Credentials<'s>> {
    let username = Username::new(store.get(Kind::Username, id)?).ok()?;
    let password = store.get(Kind::Password, id);
    Some(Credentials {
        username,
        password: password.and_then(|password| Password::new(password).ok()),
    })
}
