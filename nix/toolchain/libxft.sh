# Smooth fonts for X.
unpack
gather
cd ../source
mkdir -p "$STEP/out/include"
cp -R include/X11 "$STEP/out/include/"
archive libXft.a "$OPTIMISE -Iinclude/X11/Xft -Iinclude -I../deps/include" src/*.c
