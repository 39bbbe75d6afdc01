// The bytes of player/pack.py become typed arrays:  uint32 length | JSON header | zlib blobs.

const ARRAY_TYPES = { float32: Float32Array, int8: Int8Array, uint8: Uint8Array };

export function splitHeader(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { header, rest: bytes.subarray(4 + length) };
}

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

// The stills lie in the data itself; what only a path has, in data.film, which is null without one.
export async function unpack(bytes) {
  const { header, rest } = splitHeader(bytes);
  let offset = 0;
  const named = header.blobs.map(async (blob) => {
    const part = rest.subarray(offset, (offset += blob.bytes));
    return [blob.name, new ARRAY_TYPES[blob.type](await inflate(part))];
  });
  const arrays = Object.fromEntries(await Promise.all(named));
  const { gradients, so_far, ...stills } = arrays;
  const pixels = header.height * header.width;
  if (header.film) undoDifferences(so_far, header.channels * pixels);
  const film = header.film && { ...header.film, gradients, so_far };
  return { ...header, ...stills, film, pixels };
}

// Each frame was sent as the difference to the one before; an Int8Array wraps as numpy does.
function undoDifferences(codes, frameSize) {
  for (let i = frameSize; i < codes.length; i++) codes[i] += codes[i - frameSize];
}
