unpack
gather
cd ../source
mkdir -p ../out/include/X11
cp include/X11/Xauth.h ../out/include/X11/
archive libXau.a "$OPTIMISE -Iinclude -I../deps/include" Au[A-Z]*.c
