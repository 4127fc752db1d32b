# The X protocol as XML.
unpack_deb
mkdir -p ../out/xcb
cp ../source/usr/share/xcb/xproto.xml ../source/usr/share/xcb/bigreq.xml ../source/usr/share/xcb/xc_misc.xml ../out/xcb/
