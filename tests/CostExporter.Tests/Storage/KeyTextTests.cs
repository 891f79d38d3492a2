namespace LlmTelemetry.CostExporter.Tests.Storage;

public sealed class KeyTextTests
{
    private static readonly string?[] Hostile =
        [null, "", "=", "|", "||", "a|b", "%", "%007C", "{", "}", "{x}", ":", "a\nb", "\0", "\uD800", "\uD801", "\uFFFD", "😀", "ä", "a", " a", "A", "null"];

    [Fact]
    public void Every_part_comes_back_as_it_was()
    {
        foreach (var part in Hostile)
        {
            Assert.Equal(part, KeyText.Decode(KeyText.Encode(part)));
        }
    }

    [Fact]
    public void Different_keys_never_become_the_same_text()
    {
        var texts = from a in Hostile from b in Hostile select KeyText.Join(a, b);
        var utf8 = texts.Select(text => Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(text))).ToList();
        Assert.Equal(Hostile.Length * Hostile.Length, utf8.Distinct().Count());
    }

    [Fact]
    public void Joined_parts_are_split_again()
    {
        var parts = new string?[3];
        foreach (var hostile in Hostile)
        {
            _ = KeyText.Split(KeyText.Join("x", hostile, null), parts);
            Assert.Equal(new[] { "x", hostile, null }, parts);
        }
    }

    [Fact]
    public void Braces_never_reach_a_hash_tag() =>
        Assert.All(Hostile, part => Assert.DoesNotContain(KeyText.Encode(part), c => c is '{' or '}'));
}
