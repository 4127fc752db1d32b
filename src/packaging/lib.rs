//! PEP 440, 503, 508 and 425 types: names, versions, markers, tags, wheel file names.
