use super::*;

const NONE: &[u8] = b"N";

fn int(value: i32) -> Vec<u8> {
    [b"i".as_slice(), &value.to_le_bytes()].concat()
}

fn tuple(items: &[&[u8]]) -> Vec<u8> {
    [&[b')', items.len() as u8], items.concat().as_slice()].concat()
}

fn short(kind: u8, text: &str) -> Vec<u8> {
    [&[kind, text.len() as u8], text.as_bytes()].concat()
}

fn bytes(content: &[u8]) -> Vec<u8> {
    [b"s".as_slice(), &(content.len() as u32).to_le_bytes(), content].concat()
}

fn frozen_set(items: &[&[u8]]) -> Vec<u8> {
    [b">".as_slice(), &(items.len() as u32).to_le_bytes(), &items.concat()].concat()
}

fn reference(number: u32) -> Vec<u8> {
    [b"r".as_slice(), &number.to_le_bytes()].concat()
}

fn flagged(mut object: Vec<u8>) -> Vec<u8> {
    object[0] |= 0x80;
    object
}

/// A code object whose name is `name`, with these constants.
fn code(name: &str, consts: &[&[u8]]) -> Vec<u8> {
    let mut out = vec![b'c'];
    out.extend([0; 20]);
    for part in [bytes(b"\x95\0"), tuple(consts), tuple(&[]), tuple(&[]), bytes(b"")] {
        out.extend(part);
    }
    for text in ["f.py", name, name] {
        out.extend(short(b'z', text));
    }
    out.extend([1, 0, 0, 0]);
    out.extend(bytes(b""));
    out.extend(bytes(b""));
    out
}

fn slice(parts: [&[u8]; 3]) -> Vec<u8> {
    [b":".as_slice(), &parts.concat()].concat()
}

#[test]
fn equal_slices_become_one() {
    let (one, two) = (slice([NONE, &int(3), NONE]), slice([NONE, &int(1000), &int(1000)]));
    let input = tuple(&[&one, &one, &two]);
    let second = slice([NONE, &flagged(int(1000)), &reference(1)]);
    let expected = tuple(&[&flagged(one), &reference(0), &second]);
    assert_eq!(canonical(&input).unwrap(), expected);
    assert_eq!(canonical(&expected).unwrap(), expected);
    let error = canonical(&b":NN"[..]).expect_err("two parts of three");
    assert_eq!((error.offset, error.what), (3, "the data ends within an object"));
}

#[test]
fn equal_objects_become_one() {
    let long = bytes(b"long");
    let input = tuple(&[&long, &long, &tuple(&[&long])]);
    let expected = tuple(&[&flagged(long.clone()), &reference(0), &tuple(&[&reference(0)])]);
    assert_eq!(canonical(&input).unwrap(), expected);
    // The same said with references, and with flags that nothing uses.
    let other = flagged(tuple(&[&flagged(long), &reference(1), &tuple(&[&reference(1)])]));
    assert_eq!(canonical(&other).unwrap(), expected);
}

#[test]
fn references_are_numbered_in_pre_order() {
    let inner = tuple(&[&bytes(b"aa")]);
    let input = tuple(&[&inner, &bytes(b"aa"), &inner]);
    let flagged_inner = flagged(tuple(&[&flagged(bytes(b"aa"))]));
    assert_eq!(canonical(&input).unwrap(), tuple(&[&flagged_inner, &reference(1), &reference(0)]));
}

#[test]
fn equal_values_of_different_kinds_stay_apart() {
    let zero = [b"g".as_slice(), &0f64.to_le_bytes()].concat();
    let minus = [b"g".as_slice(), &(-0f64).to_le_bytes()].concat();
    let nan = [b"g".as_slice(), &f64::NAN.to_le_bytes()].concat();
    let other_nan = [b"g".as_slice(), &f64::from_bits(f64::NAN.to_bits() | 1).to_le_bytes()].concat();
    let items = [&int(1), &b"T".to_vec(), &zero, &minus, &nan, &other_nan, &bytes(b"ab"), &short(b'Z', "ab")];
    let input = tuple(&items.map(Vec::as_slice));
    assert_eq!(canonical(&input).unwrap(), input);
}

#[test]
fn what_the_interpreter_holds_once_is_never_a_reference() {
    let once = [NONE, &int(256), &tuple(&[]), &short(b'Z', "x"), &bytes(b"x")].concat();
    let input = [b")\x0a".as_slice(), &once, &once].concat();
    assert_eq!(canonical(&input).unwrap(), input);
    let big = tuple(&[&int(257), &int(257)]);
    assert_eq!(canonical(&big).unwrap(), tuple(&[&flagged(int(257)), &reference(0)]));
}

#[test]
fn flavours_of_strings_follow_from_text_and_use() {
    assert_eq!(canonical(&short(b'z', "name_1")).unwrap(), short(b'Z', "name_1"));
    assert_eq!(canonical(&short(b'Z', "not a name")).unwrap(), short(b'z', "not a name"));
    assert_eq!(canonical(&[b"u\x02\0\0\0".as_slice(), b"ab"].concat()).unwrap(), short(b'Z', "ab"));
    assert_eq!(canonical(b"t\x02\0\0\0\xc3\xa9").unwrap(), b"u\x02\0\0\0\xc3\xa9");
    let long = "x".repeat(300);
    let input = [b"a\x2c\x01\0\0".as_slice(), long.as_bytes()].concat();
    assert_eq!(canonical(&input).unwrap()[0], b'A');
    // `<m>` is no name by its text; as a code object's name it is interned.
    let stream = canonical(&code("<m>", &[])).unwrap();
    assert!(stream.windows(5).any(|window| window == [b'Z' | 0x80, 3, b'<', b'm', b'>']));
}

#[test]
fn frozen_sets_are_ordered() {
    let (a, b, c) = (short(b'Z', "aa"), int(7), tuple(&[&int(9)]));
    let one = canonical(&frozen_set(&[&a, &b, &c])).unwrap();
    assert_eq!(one, canonical(&frozen_set(&[&c, &a, &b])).unwrap());
    assert_eq!(one, canonical(&one).unwrap());
}

#[test]
fn equal_code_becomes_one_and_the_name_of_its_file_is_set_everywhere() {
    let inner = code("f", &[]);
    let outer = code("<module>", &[&inner, &inner]);
    let renamed = with_file_name(&outer, "pkg/mod.py").unwrap();
    let tree = Tree::parse(&renamed).unwrap();
    let module = tree.code(tree.root()).unwrap();
    let consts = tree.tuple(module.consts);
    assert_eq!(consts[0], consts[1]);
    assert_eq!(tree.text(module.file_name), Some("pkg/mod.py"));
    assert_eq!(tree.text(tree.code(consts[0]).unwrap().file_name), Some("pkg/mod.py"));
    assert!(!renamed.windows(4).any(|window| window == b"f.py"));
}

#[test]
fn damaged_streams_are_errors() {
    let cases: [(&[u8], &str); 14] = [
        (b"", "the data ends within an object"),
        (b"?", "unknown or mutable type"),
        (b"[\0\0\0\0", "unknown or mutable type"),
        (b"{0", "unknown or mutable type"),
        (b"NN", "the object is over but the data is not"),
        (b"i\0\0", "the data ends within an object"),
        (b"s\xff\xff\xff\x7f", "the data ends within an object"),
        (b"s\xff\xff\xff\xff", "a negative length"),
        (b"(\xff\xff\xff\x7fN", "more items than bytes"),
        (b"r\0\0\0\0", "reference to an object that is not there"),
        (b"\xa9\x01r\0\0\0\0", "reference to an object that is not there"),
        (b"z\x01\xff", "an ASCII string with other bytes"),
        (b"l\x01\0\0\0\0\0", "bad digit of an integer"),
        (b"l\x01\0\0\0\0\x80", "bad digit of an integer"),
    ];
    for (stream, what) in cases {
        assert_eq!(Tree::parse(stream).map(|_| ()).unwrap_err().what, what, "{stream:?}");
    }
    let mut wrong = code("f", &[]);
    wrong[21] = b'u';
    assert_eq!(canonical(&wrong).unwrap_err().what, "a code object's field has the wrong type");
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| [b")\x01".repeat(depth - 1).as_slice(), b"N"].concat();
    let deep = nested(MAX_DEPTH);
    assert_eq!(canonical(&deep).unwrap(), deep);
    assert_eq!(canonical(&nested(MAX_DEPTH + 1)).unwrap_err().what, "nested too deep");
}

mod random {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(stream) = canonical(&bytes) {
                prop_assert_eq!(&canonical(&stream).unwrap(), &stream);
            }
        }

        #[test]
        fn damaged_code_is_read_or_refused(at in 0usize..200, byte in any::<u8>(), cut in 0usize..200) {
            let mut stream = code("<module>", &[&code("f", &[&int(7), &tuple(&[&bytes(b"xy")])]), NONE, &bytes(b"xy")]);
            let (at, cut) = (at % stream.len(), stream.len() - cut % 3);
            stream[at] = byte;
            if let Ok(canonical_stream) = canonical(&stream[..cut]) {
                prop_assert_eq!(&canonical(&canonical_stream).unwrap(), &canonical_stream);
            }
        }
    }
}
