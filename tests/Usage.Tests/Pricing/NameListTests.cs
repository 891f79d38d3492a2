using System.Text;

namespace LlmTelemetry.Usage.Tests;

/// <summary>Names in a list of one's own.</summary>
public sealed class NameListTests
{
    private static readonly PriceList List = Read("""
        {"id": "acme", "name": "Acme", "alias": ["acme.ai", "*acme*"], "fallback": ["base"], "models": []},
        {"id": "base", "name": "Base", "infer": ["m*"], "models": [{"id": "m1", "match": ["m1*"], "prices": [{"input": 1}]}, {"id": "m2", "match": ["m2"], "prices": [{"input": 2}]}, {"id": "m3", "match": ["m3-*"], "prices": [{"input": 3}]},
            {"id": "own", "match": ["own*"], "prices": [{"input": 4}]}]}
        """);

    [Fact]
    public void Names_of_a_list_on_top_come_first_and_are_seen_by_fallbacks()
    {
        var list = Read("""{"id": "base", "name": "Base", "models": [{"id": "own", "match": ["m1-special", "m3"], "prices": [{"input": 9}]}]}""").Over(List);

        Assert.Equal(("base", "own"), Found(list, "base", "m1-special"));
        Assert.Equal(("acme", "own"), Found(list, "acme", "m3"));
        Assert.Equal(("acme", "m1"), Found(list, "acme", "m1-20250101"));
    }

    [Theory]
    [InlineData("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc", "app")]
    [InlineData("arn:aws:bedrock:us-east-1:123456789012:custom-model/m1/xyz", "custom")]
    [InlineData("ft:m1-2025-01-01:acme:mini:id", "tuned")]
    [InlineData("ft:m1-2025-02-02:acme::id", null)]
    [InlineData("arn:aws:bedrock:us-east-1:123456789012:provisioned-model/m1", null)]
    public void Model_of_ones_own_has_the_price_of_an_entry_that_is_for_it(string model, string? entry)
    {
        var list = Read("""
            {"id": "base", "name": "Base", "models": [
                {"id": "app", "match": ["arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"], "prices": [{"input": 1}]},
                {"id": "custom", "match": ["arn:aws:bedrock:us-east-1:123456789012:custom-model/m1/*"], "prices": [{"input": 1}]},
                {"id": "tuned", "match": ["ft:m1-2025-01-*"], "prices": [{"input": 1}]},
                {"id": "any", "match": ["*m1*"], "prices": [{"input": 1}]}]}
            """);

        Assert.Equal(entry, list.Find("base", model)?.Model.Id);
    }

    [Theory]
    [InlineData("m1", true)]
    [InlineData("m1-20250101", true)]
    [InlineData("m1-0324", true)]
    [InlineData("m1-001", true)]
    [InlineData("m1-preview", true)]
    [InlineData("m1@default", true)]
    [InlineData("m1-2", false)]
    [InlineData("m1.5", false)]
    [InlineData("m1-2-20250101", false)]
    [InlineData("m10", false)]
    [InlineData("m1-mini", false)]
    [InlineData("m1-preview-tts", false)]
    [InlineData("m1-70b", false)]
    [InlineData("own-2.5-mini-70b", true)] // a pattern without a version is meant for all of them
    [InlineData("m1-minister", true)]
    [InlineData("m3-", true)]
    [InlineData("m3-27b-it", true)]
    [InlineData("m3-4", false)]
    [InlineData("m3.4", false)]
    public void Open_pattern_takes_builds_and_no_siblings(string model, bool found) => Assert.Equal(found, Found(List, "base", model) is not null);

    private static PriceList Read(string providers) => PriceFile.Read(Encoding.UTF8.GetBytes(PriceFileText.File(providers))).List;

    private static (string, string)? Found(PriceList list, string? provider, string model) =>
        list.Find(provider, model) is { } listing ? (listing.Provider, listing.Model.Id) : null;
}
