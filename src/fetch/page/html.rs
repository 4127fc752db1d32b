//! PEP 503's page: every `<a href>`. What is no URL is passed over, as pip does.
use std::io::{self, BufRead, BufReader, Read};

use url::Url;

use super::Unread;
use crate::exceeded::{Exceeded, TEXT};
use crate::links::{Collector, Link};

/// Bytes of a character reference, with zeros before its number.
const MAX_REFERENCE: usize = 32;

/// A tag: its name, and of its attributes what counts. Of two with one name the first counts.
#[derive(Default)]
struct Tag {
    name: String,
    href: Option<String>,
    requires_python: Option<String>,
    yanked: Option<String>,
}

/// Reads a page into `links`; the first `<base href>` counts.
pub(super) fn read(page: &Url, body: &mut dyn Read, links: &mut Collector<'_>) -> Result<(), Unread> {
    let mut base = None;
    let mut tags = Tags { text: BufReader::new(body) };
    while let Some(tag) = tags.next_tag()? {
        let Some(Ok(url)) = tag.href.as_ref().map(|href| base.as_ref().unwrap_or(page).join(href.trim())) else {
            continue;
        };
        match tag.name.as_str() {
            "base" => drop(base.get_or_insert(url)),
            "a" => link(url, tag).map_or(Ok(()), |link| links.add(link))?,
            _ => {}
        }
    }
    Ok(())
}

fn link(mut url: Url, tag: Tag) -> Option<Link> {
    let name = url.path_segments()?.next_back().filter(|name| !name.is_empty())?;
    let file = percent_encoding::percent_decode_str(name).decode_utf8().ok()?.into_owned();
    let hashes = url.fragment().unwrap_or_default();
    let sha256 = hashes.split('&').find_map(|part| part.strip_prefix("sha256=")).map(str::to_ascii_lowercase);
    url.set_fragment(None);
    Some(Link { file, url, sha256, size: None, requires_python: tag.requires_python, yanked: tag.yanked.is_some() })
}

/// The tags of a page. One attribute at a time is in memory.
struct Tags<R> {
    text: R,
}

impl<R: BufRead> Tags<R> {
    fn next_tag(&mut self) -> io::Result<Option<Tag>> {
        loop {
            if self.text.skip_until(b'<')? == 0 || self.peek()?.is_none() {
                return Ok(None);
            }
            match self.comment()? {
                None => continue,
                Some(begin) => return self.tag(begin).map(Some),
            }
        }
    }

    /// Skips a comment; returns what was read if there is none.
    fn comment(&mut self) -> io::Result<Option<&'static [u8]>> {
        const BEGIN: &[u8] = b"!--";
        for (count, byte) in BEGIN.iter().enumerate() {
            if self.peek()? != Some(*byte) {
                return Ok(Some(&BEGIN[..count]));
            }
            self.text.consume(1);
        }
        let mut dashes = 0;
        while let Some(byte) = self.peek()? {
            self.text.consume(1);
            match byte {
                b'-' => dashes += 1,
                b'>' if dashes >= 2 => break,
                _ => dashes = 0,
            }
        }
        Ok(None)
    }

    /// Reads a tag after its `<` and `begin`.
    fn tag(&mut self, begin: &[u8]) -> io::Result<Tag> {
        let name = self.take(begin, |byte| !byte.is_ascii_whitespace() && byte != b'>')?;
        let mut tag = Tag { name: name.to_ascii_lowercase(), ..Tag::default() };
        loop {
            self.skip(|byte| byte.is_ascii_whitespace() || byte == b'/')?;
            match self.peek()? {
                None => return Ok(tag),
                Some(b'>') => {
                    self.text.consume(1);
                    return Ok(tag);
                }
                Some(first) => {
                    self.text.consume(1);
                    self.attribute(first, &mut tag)?;
                }
            }
        }
    }

    /// Reads `name`, `name=value`, `name="value"` or `name='value'`.
    fn attribute(&mut self, first: u8, tag: &mut Tag) -> io::Result<()> {
        let name = self.take(&[first], |byte| !byte.is_ascii_whitespace() && !b"=>/".contains(&byte))?;
        self.skip(|byte| byte.is_ascii_whitespace())?;
        let value = if self.peek()? == Some(b'=') { self.value()? } else { String::new() };
        let place = match name.to_ascii_lowercase().as_str() {
            "href" => &mut tag.href,
            "data-requires-python" => &mut tag.requires_python,
            "data-yanked" => &mut tag.yanked,
            _ => return Ok(()),
        };
        place.get_or_insert_with(|| unescaped(&value));
        Ok(())
    }

    fn value(&mut self) -> io::Result<String> {
        self.text.consume(1);
        self.skip(|byte| byte.is_ascii_whitespace())?;
        match self.peek()? {
            Some(quote @ (b'"' | b'\'')) => {
                self.text.consume(1);
                let value = self.take(&[], |byte| byte != quote)?;
                let end = usize::from(self.peek()?.is_some());
                self.text.consume(end);
                Ok(value)
            }
            _ => self.take(&[], |byte| !byte.is_ascii_whitespace() && byte != b'>'),
        }
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.text.fill_buf()?.first().copied())
    }

    fn skip(&mut self, skipped: impl Fn(u8) -> bool) -> io::Result<()> {
        while self.peek()?.is_some_and(&skipped) {
            self.text.consume(1);
        }
        Ok(())
    }

    /// Reads bytes as long as they are `taken`, after those that were read before.
    fn take(&mut self, before: &[u8], taken: impl Fn(u8) -> bool) -> io::Result<String> {
        let mut bytes = before.to_vec();
        while let Some(byte) = self.peek()?.filter(|byte| taken(*byte)) {
            self.text.consume(1);
            bytes.push(byte);
            if bytes.len() > TEXT {
                return Err(Exceeded::Text(TEXT).into_io());
            }
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Replaces character references: numeric ones and the five that an attribute may need.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        match reference(rest) {
            Some((c, length)) => {
                out.push(c);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

/// Reads `&name;` or `&#number;` at the start of a text; returns the character and the reference's length.
fn reference(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(MAX_REFERENCE).position(|byte| byte == b';')?;
    let name = text.get(1..end)?;
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::super::tests;
    use super::*;

    fn html(body: &str) -> Vec<String> {
        let show = |link: Link| format!("{} {} {}", link.file, link.url, link.sha256.unwrap_or_default());
        tests::read("text/html; charset=utf-8", body).expect("is read").into_iter().map(show).collect()
    }

    #[test]
    fn html_links() {
        let body = r#"<!DOCTYPE html><html><head><title>six</title></head><body><h1>Links</h1>
            <!-- <a href="no-1.whl">no</a> --><!-- - -- > <a href="no-2.whl"> --->
            <a href="../../files/six-1.0-py3-none-any.whl#sha256=ABC" data-requires-python="&gt;=3">six</a><br/>
            <A data-yanked='a > b' HREF = 'https://b.example/a%2Bb-1.0%2Bcpu.whl?x=1&amp;y=2#md5=1&sha256=de' >x</A>
            <a href=six-2.0.tar.gz>s</a> <a name="x">no href</a> <a href="https://[bad/">bad</a> <a href="/">top</a>
            <a title=it's href="é.whl" href="second.whl">two</a> <!- <a href="x">no comment, no link</a>
            </body></html>"#;
        assert_eq!(
            html(body),
            [
                "six-1.0-py3-none-any.whl https://a.example/files/six-1.0-py3-none-any.whl abc",
                "a+b-1.0+cpu.whl https://b.example/a%2Bb-1.0%2Bcpu.whl?x=1&y=2 de",
                "six-2.0.tar.gz https://a.example/simple/six/six-2.0.tar.gz ",
                "é.whl https://a.example/simple/six/%C3%A9.whl ",
            ]
        );
    }

    #[test]
    fn html_attributes() {
        let body = "<a href=a.whl data-requires-python='&gt;=3.8'>a</a><a href=b.whl data-yanked>b</a>";
        let links = tests::read("text/html", body).expect("is read");
        let said: Vec<_> = links.iter().map(|link| (link.requires_python.as_deref(), link.yanked)).collect();
        assert_eq!(said, [(Some(">=3.8"), false), (None, true)]);
    }

    #[test]
    fn html_base() {
        let body = "<base href=\"https://c.example/d/\"><a href=\"e.whl\">";
        assert_eq!(html(body), ["e.whl https://c.example/d/e.whl "]);
    }

    #[test]
    fn broken_html_gives_what_there_is() {
        for body in
            ["", "<", "<a", "<a href", "<a href=", "<a href=\"", "<!--", "a < b <a href='x.whl", "&#xD800;", "é<é="]
        {
            assert!(html(body).len() <= 1, "{body}");
        }
    }

    #[test]
    fn an_attribute_without_an_end_is_not_held() {
        for begin in ["<", "<a ", "<a href=", "<a href='"] {
            let Err(Unread::Broken(error)) = tests::read("text/html", &(begin.to_owned() + &"x".repeat(TEXT + 1)))
            else {
                panic!("is refused")
            };
            assert_eq!(Exceeded::of(&error), Some(Exceeded::Text(TEXT)), "{begin}");
        }
        assert_eq!(html(&("x".repeat(3 * TEXT) + "<!--" + &"y".repeat(3 * TEXT) + "--><a href=a>")).len(), 1);
    }
}
