# The core protocol alone: extensions are Xlib's business.
unpack
gather
cd ../source/src
mkdir man
for protocol in xproto bigreq xc_misc; do
  PYTHONHASHSEED=0 "$PYTHON" c_client.py -c "libxcb" -l "X Version 11" -s 3 -p "$STEP/deps/python" "../../deps/xcb/$protocol.xml"
done
mkdir -p "$STEP/out/include/xcb"
cp xcb.h xcbext.h xproto.h bigreq.h xc_misc.h "$STEP/out/include/xcb/"
: > config.h
archive libxcb.a "$OPTIMISE -DHAVE_CONFIG_H -D_GNU_SOURCE -DXCB_QUEUE_BUFFER_SIZE=16384 -DIOV_MAX=1024 -DUSE_POLL \
  -DHAVE_ABSTRACT_SOCKETS -DHAVE_SENDMSG -DHAVE_GETADDRINFO -I. -I../../deps/include" *.c
