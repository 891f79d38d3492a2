namespace LlmTelemetry.Usage.Tests;

public sealed class CleanTextTests
{
    [Theory]
    [InlineData("ada")]
    [InlineData("")]
    [InlineData("Zoë 😀 李 {x}|y\u00a0\ue000\uffff")]
    public void Clean_value_stays_the_same_object_and_allocates_nothing(string value)
    {
        value = new string(value);
        string? clean = null;
        var allocated = long.MaxValue;
        var started = TimeProvider.System.GetTimestamp();

        // Until the compiler has seen what is called much: what it makes of it first boxes vectors.
        while (allocated > 0 && TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(10))
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            clean = Attribution.Clean(value);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Same(value, clean);
        Assert.Equal(0, allocated);
    }

    // Not as inline data: an attribute keeps text in UTF-8, which has no half pairs.
    [Fact]
    public void Half_pairs_become_the_replacement_and_control_characters_nothing()
    {
        Assert.Equal("\ufffd\ufffd", Attribution.Clean("\udc00\ud800"));
        Assert.Equal("a\ufffd", Attribution.Clean("a\ud83d"));
        Assert.Equal("\ufffda", Attribution.Clean("\ud83da"));
        Assert.Equal("", Attribution.Clean("\0\u001f\u007f\u009f"));
        Assert.Null(Attribution.Clean(null));
    }

    [Theory]
    [InlineData("abc", 2, "ab")]
    [InlineData("a😀", 2, "a")]
    [InlineData("a\nb", 2, "ab")]
    [InlineData("abc", 0, "")]
    public void Cut_is_at_the_length_asked_for(string value, int maxLength, string clean) => Assert.Equal(clean, Attribution.Clean(value, maxLength));

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    public void Cleaning_twice_changes_nothing_more(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 5_000; i++)
        {
            var value = string.Create(random.Next(300), random, static (text, random) =>
            {
                foreach (ref var c in text)
                {
                    c = (char)random.Next(random.Next(2) == 0 ? 0x100 : 0x10000);
                }
            });

            var clean = Attribution.Clean(value)!;

            Assert.Same(clean, Attribution.Clean(clean));
            Assert.InRange(clean.Length, 0, Attribution.MaxLength);
        }
    }
}
