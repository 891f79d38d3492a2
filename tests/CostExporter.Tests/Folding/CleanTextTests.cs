using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class CleanTextTests
{
    [Theory]
    [InlineData(null, null)]
    [InlineData("", "")]
    [InlineData("alice@example.com", "alice@example.com")]
    [InlineData("a\nb\0c\u007fd\u0085e", "abcde")]
    [InlineData("\n", "")]
    [InlineData("Zoë 😀 {x}|y", "Zoë 😀 {x}|y")]
    public void Value_loses_control_characters_only(string? value, string? clean) => Assert.Equal(clean, Attribution.Clean(value));

    [Fact]
    public void Usable_value_stays_the_same_object()
    {
        var value = new string('é', 20);

        Assert.Same(value, Attribution.Clean(value));
    }

    [Fact]
    public void Long_value_is_cut_to_its_first_256_characters() => Assert.Equal(new string('x', 256), Attribution.Clean(new string('x', 10_000)));

    [Fact]
    public void Cut_does_not_split_a_pair()
    {
        var clean = Attribution.Clean(new string('x', 255) + "😀")!;

        Assert.Equal(new string('x', 255), clean);
    }

    // Both halves alone are U+FFFD in UTF-8: were they two keys here, they would be one row in every store, written twice by one batch.
    [Fact]
    public void Values_that_are_one_in_UTF8_are_one_here() => Assert.Equal(Attribution.Clean("a\ud800"), Attribution.Clean("a\udc00"));
}
