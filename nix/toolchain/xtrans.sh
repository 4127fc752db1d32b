# Connections to X servers: code that libX11 includes.
unpack
mkdir -p ../out/include/X11/Xtrans
cp ../source/*.[ch] ../out/include/X11/Xtrans/
