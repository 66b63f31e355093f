//! SOAP envelopes around the relay contracts: a request of `Execute`, its answer, or a fault.

use super::ContractReader;
use crate::{
    context::{
        RemoteExecutionContext, ServiceEndpointFault, name,
        wire::{Contract, Reader, Slot},
    },
    decode::{
        DecodeError, DecodeErrorKind, Document,
        events::{Events, Name},
    },
};

const SOAP_1_1: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_1_2: &str = "http://www.w3.org/2003/05/soap-envelope";

/// Whether a root of this name is an envelope.
pub(super) fn is_envelope(root: Name<'_>) -> bool {
    root.local == "Envelope" && matches!(root.namespace.uri(), SOAP_1_1 | SOAP_1_2)
}

/// Reads what an envelope holds; the reader stands behind the envelope's start, and then behind its end.
pub(super) fn envelope<'a, E: Events<'a>>(
    reader: &mut ContractReader<'a, E>,
) -> Result<Document, DecodeError> {
    let soap = reader.element().name.namespace.uri();
    inside(reader, &[(soap, "Body")], |reader| {
        if !reader.child()? {
            return Err(reader.fault(DecodeErrorKind::Missing, "a SOAP body holds nothing"));
        }
        let body = reader.element().name;
        let document = if body.is(name::XRM, "Execute") {
            inside(reader, &[(name::XRM, "executionContext")], |reader| {
                RemoteExecutionContext::read(reader).map(Document::Context)
            })
        } else if body.is(name::XRM, "ExecuteResponse") {
            inside(reader, &[(name::XRM, "ExecuteResult")], |reader| {
                if reader.null()? {
                    return Ok(Document::Text("".into()));
                }
                reader.text().map(Document::Text)
            })
        } else if body.local == "Fault" && body.namespace.uri() == soap {
            let detail = [(soap, "Detail"), ("", "detail")];
            inside(reader, &detail, |reader| {
                inside(
                    reader,
                    &[(name::XRM, ServiceEndpointFault::NAME.local)],
                    |reader| ServiceEndpointFault::read(reader).map(Document::Fault),
                )
            })
        } else {
            Err(reader.fault(
                DecodeErrorKind::WrongType,
                "expected `Execute`, `ExecuteResponse` or a fault in a SOAP body, found another element",
            ))
        };
        let document = document?;
        reader.skip()?;
        Ok(document)
    })
}

/// Reads in the first child of one of these names, and passes over all others, up to the end of the element.
fn inside<'a, E: Events<'a>, T>(
    reader: &mut ContractReader<'a, E>,
    names: &[(&str, &'static str)],
    read: impl FnOnce(&mut ContractReader<'a, E>) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    let outer = reader.element().offset;
    let wanted = names[0].1;
    while reader.child()? {
        let name = reader.element().name;
        if names
            .iter()
            .any(|(namespace, local)| name.local == *local && name.namespace.uri() == *namespace)
        {
            let value = read(reader).map_err(|e| e.in_member(wanted))?;
            reader.skip()?;
            return Ok(value);
        }
        reader.skip()?;
    }
    Err(DecodeError::new(
        DecodeErrorKind::Missing,
        format!("expected `{wanted}` in a SOAP envelope, found none"),
    )
    .at(outer))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::{
        context::Value,
        decode::{DecodeErrorKind, Document, Limits, xml},
    };

    fn read(file: &str) -> Document {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/soap");
        xml(
            &fs::read(format!("{folder}/{file}")).unwrap(),
            &Limits::default(),
        )
        .unwrap_or_else(|e| panic!("{file}: {e}"))
    }

    #[test]
    fn requests_answers_and_faults_of_microsofts_client_are_read() {
        for file in [
            "oneway-soap12.request.body",
            "twoway-soap11.request.body",
            "twoway-soap12.request.body",
        ] {
            let Document::Context(context) = read(file) else {
                panic!("{file} is no context")
            };
            assert!(!context.message_name().is_empty() && !context.input_parameters().is_empty());
        }
        for file in ["twoway-soap11.reply.body", "twoway-soap12.reply.body"] {
            assert_eq!(
                read(file),
                Document::Text("approved: \u{20ac} 5 & <more>".into())
            );
        }
        for file in ["twoway-soap11.fault.body", "twoway-soap12.fault.body"] {
            let Document::Fault(fault) = read(file) else {
                panic!("{file} is no fault")
            };
            assert_eq!(fault.message.value().unwrap(), "over the limit");
            assert_eq!(
                fault.error_details.value().unwrap().get("limit"),
                Some(&Value::Int(5000))
            );
        }
    }

    #[test]
    fn an_envelope_of_something_else_is_told_so() {
        let envelope = |inside: &str| {
            format!(
                "<s:Envelope xmlns:s=\"{}\">{inside}</s:Envelope>",
                super::SOAP_1_2
            )
        };
        for (inside, kind) in [
            ("", DecodeErrorKind::Missing),
            ("<s:Body/>", DecodeErrorKind::Missing),
            ("<s:Body><a/></s:Body>", DecodeErrorKind::WrongType),
            (
                "<s:Body><s:Fault><s:Code/></s:Fault></s:Body>",
                DecodeErrorKind::Missing,
            ),
            ("<s:Body><Execute/></s:Body>", DecodeErrorKind::WrongType),
        ] {
            let error = xml(envelope(inside).as_bytes(), &Limits::default()).unwrap_err();
            assert_eq!(error.kind(), kind, "{inside}");
        }
    }
}
