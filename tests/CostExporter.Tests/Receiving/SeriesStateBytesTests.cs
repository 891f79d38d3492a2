using static LlmTelemetry.CostExporter.Tests.Points;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class SeriesStateBytesTests
{
    [Fact]
    public void What_was_written_is_read_as_it_was()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var state = Some(random);
            var content = state.ToBytes();

            var read = SeriesState.Read(content);
            Assert.Equal(content, read.ToBytes());
            for (var i = 0; i < 50; i++)
            {
                var point = Any(random);
                Assert.Equal((state.Advance(in point, Now, out var said), said), (read.Advance(in point, Now, out var also), also));
            }
        }
    }

    [Fact]
    public void Order_of_what_came_makes_no_other_bytes()
    {
        var (one, other) = (new SeriesState(), new SeriesState());
        for (uint i = 1; i <= 100; i++)
        {
            one.Advance(Cumulative(Sum((long)i), 1, 10, i), Now, out _);
            other.Advance(Cumulative(Sum(101L - i), 1, 10, 101 - i), Now, out _);
        }

        Assert.Equal(one.ToBytes(), other.ToBytes());
    }

    [Theory]
    [InlineData("02", "form 2")]
    [InlineData("01", "not in the form")]
    [InlineData("0100FF", "not in the form")]
    [InlineData("01FFFFFFFFFFFFFFFFFF7F", "not in the form")]
    [InlineData("0101000000000000000000000000000000010000010000000000000000000000000000", "not in the form")]
    public void Garbage_is_refused(string hex, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => SeriesState.Read(Convert.FromHexString(hex))).Message, StringComparison.Ordinal);

    [Fact]
    public void Any_bytes_are_read_or_refused_as_a_format()
    {
        var random = new Random(20261123);
        var refused = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var content = Mutated(random);
            try
            {
                var state = SeriesState.Read(content);
                var again = state.ToBytes();
                Assert.Equal(again, SeriesState.Read(again).ToBytes());
                state.Advance(Any(random), Now, out _);
            }
            catch (FormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 5_000, 19_999);
    }

    private static byte[] Mutated(Random random)
    {
        var content = Some(random).ToBytes();
        switch (random.Next(4))
        {
            case 0:
                random.NextBytes(content);
                content[0] = 1;
                break;
            case 1:
                return content[..random.Next(content.Length)];
            case 2:
                return [.. content, (byte)random.Next(256)];
            default:
                for (var flips = random.Next(1, 4); flips > 0; flips--)
                {
                    content[random.Next(content.Length)] ^= (byte)(1 << random.Next(8));
                }

                break;
        }

        return content;
    }

    private static SeriesState Some(Random random)
    {
        var state = new SeriesState();
        for (var i = random.Next(1, 120); i > 0; i--)
        {
            state.Advance(Any(random), Now, out _);
        }

        return state;
    }

    private static ReceivedPoint Any(Random random)
    {
        ulong[] times = [0, 1, 10, 20, 30, At(100), At(50), At(0), ulong.MaxValue];
        var value = random.Next(3) switch
        {
            0 => Sum((long)random.Next(50)),
            1 => Sum(random.NextDouble() * 1e6),
            _ => Sum(random.NextDouble() * 1e3, random.Next(20)),
        };
        var (start, time, series) = (times[random.Next(times.Length)], times[random.Next(times.Length)] + (ulong)random.Next(40), (uint)random.Next(6));
        return random.Next(2) == 0 ? Cumulative(value, start, time, series) : Delta(value, start, time, series);
    }
}
