using System.Text;

namespace LlmTelemetry.Service.Tests.Otlp;

/// <summary>Makes of real bodies what no client sends.</summary>
internal sealed class OtlpMutator(Random random)
{
    private static readonly byte[][] JsonPieces =
    [
        .. new[] { "{", "}", "[", "]", "\"", "\\", ",", ":", "null", "-", "1e999", "18446744073709551616", "\\ud800", "\"asInt\":", "{\"stringValue\":\"", "\0", "NaN", "[[[[[[[[", "0.1" }.Select(Encoding.UTF8.GetBytes),
    ];

    // Varints that lie, tags of other types, ends of groups.
    private static readonly byte[][] ProtoPieces =
    [
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], [0xFF, 0xFF, 0xFF, 0xFF, 0x07], [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
        [0x0A], [0x12, 0x00], [0x0B], [0x0C], [0x00], [0x3A, 0x7F], [0x0A, 0x02, 0x0A, 0x00], [0xFF], [0x7F],
    ];

    /// <summary>Some bytes, or the body with one change, or a few.</summary>
    public byte[] Mutate(byte[] body, byte[] other, bool isJson)
    {
        if (random.Next(20) == 0)
        {
            var noise = new byte[random.Next(200)];
            random.NextBytes(noise);
            return noise;
        }

        List<byte> changed = [.. body];
        for (var changes = random.Next(3) == 0 ? random.Next(2, 6) : 1; changes > 0; changes--)
        {
            Change(changed, other, isJson ? JsonPieces : ProtoPieces);
        }

        return [.. changed];
    }

    private void Change(List<byte> body, byte[] other, byte[][] pieces)
    {
        var at = random.Next(body.Count + 1);
        switch (random.Next(16))
        {
            case 0 when at < body.Count: // One bit.
                body[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < body.Count: // One byte: often a length.
                body[at] = (byte)(random.Next(2) == 0 ? random.Next(256) : body[at] + random.Next(-2, 3));
                break;
            case 2 when random.Next(4) == 0: // Cut off.
                body.RemoveRange(at, body.Count - at);
                break;
            case 3: // Something left out.
                body.RemoveRange(at, Math.Min(random.Next(1, 20), body.Count - at));
                break;
            case 4: // Something twice.
                var slice = body.GetRange(at, Math.Min(random.Next(1, 60), body.Count - at));
                body.InsertRange(random.Next(body.Count + 1), slice);
                break;
            case 5 when other.Length > 0: // A part of another.
                var from = random.Next(other.Length);
                body.InsertRange(at, other.AsSpan(from, Math.Min(random.Next(1, 200), other.Length - from)).ToArray());
                break;
            case 6 or 7:
                body.InsertRange(at, pieces[random.Next(pieces.Length)]);
                break;
            default: // Some bits near each other: mostly within a value.
                for (var i = at; i < Math.Min(at + 3, body.Count); i++)
                {
                    body[i] ^= (byte)(1 << random.Next(6));
                }

                break;
        }
    }
}
