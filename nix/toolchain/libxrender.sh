unpack
gather
cd ../source
mkdir -p "$STEP/out/include"
cp -R include/X11 "$STEP/out/include/"
archive libXrender.a "$OPTIMISE -D_GNU_SOURCE -Iinclude/X11/extensions -Iinclude -I../deps/include" src/*.c
