namespace LlmTelemetry.Usage.Tests;

/// <summary>The cases of Data/price-vectors.jsonl in which the oracle is not what the provider charges: docs/prices.md says why each is priced as it is.</summary>
public sealed class DisputedPriceVectorTests
{
    private const string RetiredDeepSeek = "library_stale:deepseek-v3-prices-after-2025-09-05";

    // USD per million tokens.
    [Theory]
    [InlineData("pub-0076", 0.0002601)] // 4 x 0.075 + 866 x 0.30 = 260.1
    [InlineData("pub-0174", 0.680015)] // 272,000 x 2.50 + 1 x 15 = 680,015
    [InlineData("pub-0177", 0.0688085)] // 44,425 x 1 + 227,575 x 0.10 + 271 x 6 = 68,808.5
    [InlineData("pub-0180", 0.1745218)] // 1 x 2 + 271,999 x 0.20 + 10,010 x 12 = 174,521.8
    [InlineData("pub-0192", 0.04276354)] // 206,953 x 0.20 + 65,047 x 0.02 + 60 x 1.20 = 42,763.54
    [InlineData("pub-0198", 0.1360345)] // 1 x 5 + 271,999 x 0.50 + 1 x 30 = 136,034.5
    [InlineData("pub-0206", 1.0744435)] // 208,463 x 5 + 63,537 x 0.50 + 12 x 30 = 1,074,443.5
    [InlineData("pub-0255", 0.1839825)] // 435 x 10 (225 of them written to the cache) + 45 x 2.50 + 4,488 x 40 = 183,982.5
    [InlineData("pub-0256", 0.0025707)] // 3,433 x 0.66 + 154 x 1.98 = 2,570.7
    [InlineData("pub-0262", 0.0000198)] // 8 x 0.66 + 30 x 0.022 + 7 x 1.98 = 19.8
    [InlineData("pub-0263", 0.01625976)] // 3,678 x 0.66 + 6,986 x 1.98 = 16,259.76
    [InlineData("pub-0270", 0.000078738625)] // 1 x 0.435 + 1 x 0.003625 + 90 x 0.87 = 78.738625
    [InlineData("pub-0303", 0.0000081)] // 2 x 1.35 + 1 x 5.40 = 8.1
    [InlineData("pub-0352", 0.048502)] // 18,602 x 2 + 1,883 x 6 = 48,502
    public void Disputed_call_costs_what_the_provider_documents(string id, double usd) =>
        Assert.Equal((decimal)usd, Quote(Assert.Single(PriceVector.All, v => v.Id == id))?.Amount);

    // Settled cases hold the old price for the same names, until October 2026.
    [Fact]
    public void Retired_names_of_DeepSeek_keep_the_price_that_the_settled_cases_hold()
    {
        var cases = PriceVector.All.Where(v => v.Tags.Contains(RetiredDeepSeek)).ToList();

        Assert.Equal(8, cases.Count);
        Assert.All(cases, v => Assert.Equal(v.Amount("cost_usd_exact"), Quote(v)?.Amount));
    }

    [Fact]
    public void Every_disputed_case_is_decided_here() =>
        Assert.Equal(14 + 8, PriceVector.All.Count(v => !v.IsSettled));

    private static Cost? Quote(PriceVector vector)
    {
        vector.Inclusive.ToDisjoint(out var usage);
        return PriceBook.Embedded.Quote(vector.Provider, vector.Model, in usage, vector.When);
    }
}
