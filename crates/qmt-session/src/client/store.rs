//! The strings a client must keep: where to connect, as whom, to what it is subscribed.
//!
//! Records one behind the other in the caller's memory: kind, link, tag, length, bytes. Removing
//! one moves the rest together.

use core::fmt;

use qmt_proto::{LinkId, Qos};

/// Bytes before the text of a record.
const HEAD: usize = 5;

pub(crate) struct Store<'buf> {
    buf: &'buf mut [u8],
    /// Records fill `buf[..len]`.
    len: usize,
}

/// What a record holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Host,
    ClientId,
    Username,
    Password,
    WillTopic,
    WillMessage,
    ProductKey,
    DeviceName,
    DeviceSecret,
    Filter,
}

/// A subscription as a link wants it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Wish<'s> {
    /// Where its record is.
    pub(crate) at: usize,
    pub(crate) filter: &'s str,
    pub(crate) qos: Qos,
    pub(crate) state: WishState,
}

/// How far a subscription has come on this connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum WishState {
    /// To be subscribed.
    Wanted,
    /// SUBSCRIBE is on its way.
    Asked,
    /// The server has answered.
    Answered,
    /// To be unsubscribed.
    Unwanted,
    /// UNSUBSCRIBE is on its way.
    Leaving,
    /// Unsubscribed. Messages that were on their way may still come.
    Gone,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct StoreFull;

impl<'buf> Store<'buf> {
    pub(crate) const fn new(buf: &'buf mut [u8]) -> Self {
        Self { buf, len: 0 }
    }

    /// Keeps `text`; more than one record of a kind may be kept.
    pub(crate) fn add(
        &mut self,
        kind: Kind,
        link: LinkId,
        tag: u8,
        text: &str,
    ) -> Result<(), StoreFull> {
        let len = u16::try_from(text.len()).map_err(|_| StoreFull)?;
        if self.buf.len() - self.len < HEAD + text.len() {
            // Subscriptions that are over are kept for messages still on their way, while there
            // is room.
            self.remove_if(|r| r.kind == Kind::Filter as u8 && tag_state(r.tag) == WishState::Gone);
        }
        let end = self.len + HEAD + text.len();
        let record = self.buf.get_mut(self.len..end).ok_or(StoreFull)?;
        let (head, body) = record.split_at_mut_checked(HEAD).ok_or(StoreFull)?;
        let [len_high, len_low] = len.to_be_bytes();
        head.copy_from_slice(&[kind as u8, link.get(), tag, len_high, len_low]);
        body.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }

    /// The text of that kind, if there is one.
    pub(crate) fn get(&self, kind: Kind, link: LinkId) -> Option<&str> {
        let mut records = self.records();
        records
            .find(|r| r.kind == kind as u8 && r.link == link.get())
            .map(|r| r.text())
    }

    /// Forgets all that a link needs to connect, but not its subscriptions.
    pub(crate) fn forget_connection(&mut self, link: LinkId) {
        self.remove_if(|r| r.link == link.get() && r.kind != Kind::Filter as u8);
    }

    /// A new connection begins: subscriptions that are over are forgotten, all others wanted.
    /// `kept`: the server remembers the session, so what is not wanted any more must be said.
    pub(crate) fn renew_wishes(&mut self, link: LinkId, kept: bool) {
        self.remove_if(|r| {
            let over = match tag_state(r.tag) {
                WishState::Gone => true,
                WishState::Unwanted | WishState::Leaving => !kept,
                _ => false,
            };
            over && r.is_filter_of(link)
        });
        self.change_wishes(link, |state| match state {
            WishState::Unwanted | WishState::Leaving => WishState::Unwanted,
            _ => WishState::Wanted,
        });
    }

    /// Subscriptions of a link are over, with the link itself.
    pub(crate) fn end_wishes(&mut self, link: LinkId) {
        self.change_wishes(link, |_| WishState::Gone);
    }

    fn change_wishes(&mut self, link: LinkId, change: impl Fn(WishState) -> WishState) {
        let mut at = 0;
        while let Some(record) = self.record(at) {
            let (here, next) = (at, at + HEAD + record.bytes.len());
            if record.is_filter_of(link) {
                let state = change(tag_state(record.tag));
                self.set_state(here, state);
            }
            at = next;
        }
    }

    /// The link's first subscription in `state`.
    pub(crate) fn first_wish(&self, link: LinkId, state: WishState) -> Option<Wish<'_>> {
        let mut filters = self.filters(link);
        let found = filters.find(|r| tag_state(r.tag) == state);
        found.map(|r| r.wish())
    }

    /// All subscriptions of a link.
    pub(crate) fn wishes(&self, link: LinkId) -> impl Iterator<Item = Wish<'_>> {
        self.filters(link).map(|r| r.wish())
    }

    /// As [`wishes`](Self::wishes), without a look at their text: this is asked at every turn.
    fn filters(&self, link: LinkId) -> impl Iterator<Item = Record<'_>> {
        self.records().filter(move |r| r.is_filter_of(link))
    }

    /// Whether a subscription of the link has a wildcard.
    pub(crate) fn has_wildcard(&self, link: LinkId) -> bool {
        let is_wildcard = |byte: &u8| matches!(byte, b'+' | b'#');
        self.filters(link).any(|r| r.bytes.iter().any(is_wildcard))
    }

    /// Whether messages may come: a subscription of the link has been asked for.
    pub(crate) fn is_subscribed(&self, link: LinkId) -> bool {
        self.filters(link)
            .any(|r| tag_state(r.tag) != WishState::Wanted)
    }

    /// Whether the server is to be told about a subscription of the link.
    pub(crate) fn has_pending_wish(&self, link: LinkId) -> bool {
        let pending = |state| !matches!(state, WishState::Answered | WishState::Gone);
        self.filters(link).any(|r| pending(tag_state(r.tag)))
    }

    pub(crate) fn add_wish(
        &mut self,
        link: LinkId,
        filter: &str,
        qos: Qos,
    ) -> Result<(), StoreFull> {
        let known = self.wishes(link).find(|wish| wish.filter == filter);
        let tag = tag(qos, WishState::Wanted);
        match known.map(|wish| wish.at) {
            Some(at) => {
                self.set_tag(at, tag);
                Ok(())
            }
            None => self.add(Kind::Filter, link, tag, filter),
        }
    }

    pub(crate) fn set_state(&mut self, at: usize, state: WishState) {
        let qos = self.record(at).and_then(|r| Qos::new(r.tag >> 4));
        self.set_tag(at, tag(qos.unwrap_or_default(), state));
    }

    /// The subscription whose record is at `at`.
    pub(crate) fn wish(&self, at: usize) -> Option<(&str, Qos)> {
        let record = self.record(at)?;
        Some((record.text(), Qos::new(record.tag >> 4).unwrap_or_default()))
    }

    fn set_tag(&mut self, at: usize, tag: u8) {
        if let Some(slot) = self.buf.get_mut(at + 2) {
            *slot = tag;
        }
    }

    fn remove_if(&mut self, wanted: impl Fn(&Record<'_>) -> bool) {
        let mut at = 0;
        while let Some(record) = self.record(at) {
            let end = at + HEAD + record.bytes.len();
            if wanted(&record) {
                self.buf.copy_within(end..self.len, at);
                self.len -= end - at;
            } else {
                at = end;
            }
        }
    }

    fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let mut at = 0;
        core::iter::from_fn(move || {
            let record = self.record(at)?;
            at += HEAD + record.bytes.len();
            Some(record)
        })
    }

    fn record(&self, at: usize) -> Option<Record<'_>> {
        let rest = self.buf.get(at..self.len)?;
        let (&[kind, link, tag, len_high, len_low], body) = rest.split_first_chunk::<HEAD>()?;
        let len = usize::from(u16::from_be_bytes([len_high, len_low]));
        let bytes = body.get(..len)?;
        Some(Record {
            at,
            kind,
            link,
            tag,
            bytes,
        })
    }
}

struct Record<'s> {
    at: usize,
    kind: u8,
    link: u8,
    tag: u8,
    bytes: &'s [u8],
}

impl<'s> Record<'s> {
    fn text(&self) -> &'s str {
        // It was one when it was added.
        core::str::from_utf8(self.bytes).unwrap_or_default()
    }

    fn wish(&self) -> Wish<'s> {
        Wish {
            at: self.at,
            filter: self.text(),
            qos: Qos::new(self.tag >> 4).unwrap_or_default(),
            state: tag_state(self.tag),
        }
    }

    fn is_filter_of(&self, link: LinkId) -> bool {
        self.kind == Kind::Filter as u8 && self.link == link.get()
    }
}

fn tag(qos: Qos, state: WishState) -> u8 {
    qos.level() << 4 | state as u8
}

fn tag_state(tag: u8) -> WishState {
    match tag & 15 {
        0 => WishState::Wanted,
        1 => WishState::Asked,
        2 => WishState::Answered,
        3 => WishState::Unwanted,
        4 => WishState::Leaving,
        _ => WishState::Gone,
    }
}

impl fmt::Debug for Store<'_> {
    /// The records hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({} of {} bytes)", self.len, self.buf.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_and_forgotten_by_link() {
        let mut buf = [0; 64];
        let mut store = Store::new(&mut buf);
        let [a, b, ..] = LinkId::ALL;
        store.add(Kind::Host, a, 0, "h.example").unwrap();
        store.add(Kind::Host, b, 0, "other").unwrap();
        store.add_wish(a, "t/#", Qos::ExactlyOnce).unwrap();
        store.forget_connection(a);
        assert_eq!(store.get(Kind::Host, a), None);
        assert_eq!(store.get(Kind::Host, b), Some("other"));
        let wish = store.wishes(a).next().unwrap();
        assert_eq!((wish.filter, wish.qos), ("t/#", Qos::ExactlyOnce));
        let at = wish.at;
        store.set_state(at, WishState::Gone);
        assert_eq!(store.wish(at), Some(("t/#", Qos::ExactlyOnce)));
        store.renew_wishes(a, true);
        assert_eq!(store.wishes(a).next(), None);
    }

    #[test]
    fn a_place_without_a_record_is_no_subscription() {
        let mut buf = [0; 16];
        let mut store = Store::new(&mut buf);
        store
            .add_wish(LinkId::ALL[0], "abc", Qos::AtMostOnce)
            .unwrap();
        store.set_state(99, WishState::Gone);
        assert_eq!(store.wish(99), None);
        let states = store.wishes(LinkId::ALL[0]).map(|wish| wish.state);
        assert!(states.eq([WishState::Wanted]));
    }

    #[test]
    fn a_filter_is_kept_once_and_what_does_not_fit_is_refused() {
        let mut buf = [0; 16];
        let mut store = Store::new(&mut buf);
        let link = LinkId::ALL[0];
        store.add_wish(link, "abc", Qos::AtMostOnce).unwrap();
        store.add_wish(link, "abc", Qos::AtLeastOnce).unwrap();
        assert_eq!(store.wishes(link).count(), 1);
        assert_eq!(store.wishes(link).next().unwrap().qos, Qos::AtLeastOnce);
        assert_eq!(
            store.add_wish(link, "abcd", Qos::AtMostOnce),
            Err(StoreFull)
        );
        assert_eq!(store.wishes(link).count(), 1);
    }
}
