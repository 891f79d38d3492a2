namespace LlmTelemetry.CostExporter.Tests.Storage;

public sealed class SpendKeyTextTests
{
    private static readonly string?[] First = ["anthropic", "claude", "search"];
    private static readonly SpendKeyParts Full = new("gold", "app1", "staging", "embeddings", "c", "s");

    [Fact]
    public void Row_that_says_nothing_more_looks_as_it_did_before()
    {
        Assert.Equal("=anthropic|=claude|=search", SpendKeyText.Join(First, null));
        Assert.Equal("=anthropic|=claude|=search", SpendKeyText.JoinHour(First, null, day: null));
        Assert.Equal("||", SpendKeyText.Join([null, null, null], null));
    }

    [Fact]
    public void What_is_said_stands_behind_and_its_tail_is_left_out()
    {
        Assert.Equal("=anthropic|=claude|=search|=gold", SpendKeyText.Join(First, SpendKeyMore.Of(new("gold"))));
        Assert.Equal("=anthropic|=claude|=search||=app1", SpendKeyText.Join(First, SpendKeyMore.Of(new(Client: "app1", Session: "s"))));
        Assert.Equal("=anthropic|=claude|=search", SpendKeyText.Join(First, SpendKeyMore.Of(new(Session: "s"))));
        Assert.Equal("=anthropic|=claude|=search|||||||=s", SpendKeyText.JoinHour(First, SpendKeyMore.Of(new(Session: "s")), day: null));
    }

    [Fact]
    public void Row_of_an_earlier_version_reads_as_one_that_says_nothing_more()
    {
        var parts = new string?[3];
        Assert.Null(SpendKeyText.Read(KeyText.Split("=anthropic|=claude|", parts), out var day));
        Assert.Null(day);
        Assert.Equal(new string?[] { "anthropic", "claude", null }, parts);
    }

    [Fact]
    public void Earlier_version_reads_the_parts_that_it_knows()
    {
        var parts = new string?[3];
        _ = KeyText.Split(SpendKeyText.JoinHour(First, SpendKeyMore.Of(in Full, new KeyValuePair<string, string>("plan", "gold")), new DateOnly(2026, 11, 22)), parts);

        Assert.Equal(First, parts);
    }

    [Fact]
    public void Everything_comes_back_as_it_was_whatever_is_in_it()
    {
        string?[] hostile = [null, "", "=", "|", "a|b", "%", "%007C", "{x}", ":", "a\nb", "😀", "ä", " "];
        foreach (var one in hostile)
        {
            foreach (var other in hostile)
            {
                KeyValuePair<string, string>[] tags = other is null ? [] : [new("plan", other), new("region", one ?? "")];
                var more = SpendKeyMore.Of(new(one, other, one, other, one, other, one, other, one, other), tags);
                var text = SpendKeyText.JoinHour(First, more, one is null ? null : new DateOnly(2026, 11, 22));

                Assert.Equal(more, SpendKeyText.Read(KeyText.Split(text, new string?[3]), out var day));
                Assert.Equal(one is not null, day is not null);
                Assert.DoesNotContain(text, c => c is '{' or '}' or ':');
            }
        }
    }

    [Fact]
    public void What_a_later_version_may_write_behind_is_passed_over()
    {
        var text = SpendKeyText.JoinHour(First, SpendKeyMore.Of(Full with { Metric = "m", PriceVersion = "p" }), new DateOnly(2026, 11, 22)) + "|=new|=newer";

        Assert.Equal(SpendKeyMore.Of(Full with { Metric = "m", PriceVersion = "p" }), SpendKeyText.Read(KeyText.Split(text, new string?[3]), out var day));
        Assert.Equal(new DateOnly(2026, 11, 22), day);
    }
}
