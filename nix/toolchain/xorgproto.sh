# The X protocol's headers.
unpack_deb
mkdir -p ../out/include
cp -R ../source/usr/include/X11 ../out/include/
