//! A publish: its form, its command, and where its payload is.

use qmt_proto::hex;
use qmt_proto::{
    Body, Command, DataFormat, Delivery, Inline, Instant, LinkId, Payload, PayloadLen, Publish,
    Topic,
};

use crate::exchange::Exchange;
use crate::{PublishForm, Session, SubmitError, Ticket};

/// What is published, without how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Publication<'a> {
    pub(crate) link: LinkId,
    pub(crate) delivery: Delivery,
    pub(crate) retain: bool,
    pub(crate) topic: Topic<'a>,
    pub(crate) payload: &'a [u8],
}

impl Session<'_> {
    /// Publishes `payload`, 0..=1460 bytes of any kind, in the send format last read back from the
    /// module.
    ///
    /// # Errors
    /// [`SubmitError`]; then nothing is sent.
    #[expect(
        clippy::too_many_arguments,
        reason = "QMT §3.3.8 has this many parameters"
    )]
    pub fn publish(
        &mut self,
        now: Instant,
        link: LinkId,
        delivery: Delivery,
        retain: bool,
        topic: Topic<'_>,
        payload: &[u8],
        form: PublishForm,
    ) -> Result<Ticket, SubmitError> {
        let publication = Publication {
            link,
            delivery,
            retain,
            topic,
            payload,
        };
        self.begin_publish(now, &publication, form, false)
    }

    /// As [`publish`](Self::publish), but the payload stays with its owner where it can: as text in
    /// counted data mode.
    pub(crate) fn publish_outside(
        &mut self,
        now: Instant,
        publication: &Publication<'_>,
        form: PublishForm,
    ) -> Result<Ticket, SubmitError> {
        self.begin_publish(now, publication, form, true)
    }

    fn begin_publish(
        &mut self,
        now: Instant,
        publication: &Publication<'_>,
        form: PublishForm,
        outside: bool,
    ) -> Result<Ticket, SubmitError> {
        let &Publication { link, payload, .. } = publication;
        let format = self.talk.facts(link).send_format;
        let form = match form {
            PublishForm::Auto => self.capabilities().form(payload, format),
            form => form,
        };
        self.capabilities().check(form, payload, format)?;
        let hex = format == DataFormat::Hex;
        let written = match format {
            DataFormat::Text => Payload::Text(payload),
            DataFormat::Hex => Payload::Hex(hex::Hex::of_bytes(payload)),
        };
        let too_long = SubmitError::PayloadTooLong { len: payload.len() };
        let body = match form {
            PublishForm::Terminated => Body::Prompt,
            PublishForm::Inline => Body::Inline(Inline::new(written).ok_or(too_long)?),
            PublishForm::Auto | PublishForm::Counted => {
                let counts_digits = hex && self.talk.dialect.counts_digits;
                let counted = payload.len() * if counts_digits { 2 } else { 1 };
                Body::PromptCounted(PayloadLen::new(counted).ok_or(too_long)?)
            }
        };
        let command = Command::Publish(Publish {
            link,
            delivery: publication.delivery,
            retain: publication.retain,
            topic: publication.topic,
            body,
        });
        let has_data = form != PublishForm::Inline;
        let mut ticket = match self.start(now, &command, has_data) {
            Err(SubmitError::BufferFull { .. }) if outside && !has_data => {
                // Too long for the command line here, not for the line.
                return self.begin_publish(now, publication, PublishForm::Counted, outside);
            }
            started => started?,
        };
        if let (false, Some(exchange)) = (outside, &mut self.talk.exchange) {
            ticket = ticket.of_publish();
            exchange.ticket = ticket;
        }
        if has_data {
            let outside = outside && !hex && form == PublishForm::Counted;
            self.load_data(payload, hex, form, outside)?;
        }
        Ok(ticket)
    }

    /// Puts the payload behind its command line, or leaves it with its owner. Without room the
    /// command has not begun.
    fn load_data(
        &mut self,
        payload: &[u8],
        as_hex: bool,
        form: PublishForm,
        outside: bool,
    ) -> Result<(), SubmitError> {
        let tx = &mut self.talk.tx;
        let mut loaded = true;
        if outside {
            tx.lend_data(payload.len());
        } else if as_hex {
            loaded = payload.iter().all(|&b| tx.push_data(&hex::digits_of(b)));
        } else {
            loaded = tx.push_data(payload);
        }
        let total = tx.data_len();
        // Ctrl+Z ends the data and is none.
        loaded = loaded && (form != PublishForm::Terminated || tx.push_data(b"\x1a"));
        if !loaded {
            self.talk.exchange = None;
            let digits = if as_hex { 2 } else { 1 };
            let needed = self.talk.tx.command().len() + payload.len() * digits + 1;
            return Err(SubmitError::BufferFull { needed });
        }
        if let Some(Exchange {
            data_echo: Some(echo),
            ..
        }) = &mut self.talk.exchange
        {
            // At most 1460, in hex twice that.
            echo.total = total as u16;
        }
        Ok(())
    }
}
