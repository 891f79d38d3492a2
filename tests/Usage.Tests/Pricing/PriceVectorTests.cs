namespace LlmTelemetry.Usage.Tests;

/// <summary>Every settled case of Data/price-vectors.jsonl and oracle-cases.jsonl, exactly.</summary>
public sealed class PriceVectorTests
{
    private static readonly PriceBook Book = PriceBook.Embedded;

    [Fact]
    public void Vectors_are_all_there()
    {
        Assert.Equal(469, PriceVector.All.Count);
        Assert.Equal(447, PriceVector.All.Count(v => v.IsSettled));
        Assert.Equal(8, PriceVector.All.Count(v => v.IsSettled && v.IsInvalid));
    }

    [Fact]
    public void Price_of_every_settled_case_is_exact_to_the_last_digit() =>
        AssertNone(PriceVector.All.Where(v => v.IsSettled && !v.IsInvalid && !v.MayBeResolved), Difference);

    [Fact]
    public void Price_of_every_case_of_our_own_is_exact_to_the_last_digit()
    {
        Assert.Equal(366, PriceVector.Own.Count);
        AssertNone(PriceVector.Own, Difference);
    }

    [Fact]
    public void Usage_that_contradicts_itself_is_never_priced_unnoticed() =>
        AssertNone(PriceVector.All.Where(v => v.IsInvalid), v => IsNoticed(v) ? null : "no issue reported");

    [Fact]
    public void Usage_that_agrees_has_no_issue() =>
        AssertNone(PriceVector.All.Where(v => v.Amount("cost_usd_exact") is not null), v => IsNoticed(v) ? "an issue was reported" : null);

    // The oracle does not know these names. Null: what they would cost is not sure.
    [Fact]
    public void Name_that_the_oracle_does_not_know_is_the_model_that_it_plainly_names_or_unknown()
    {
        var named = new Dictionary<string, string?>
        {
            ["mistral mistral/codestral-latest"] = "codestral",
            ["google gemini-embedding-001-2024-08-06"] = null, // no build of that day is listed
            ["gcp.gemini google/gemini-2.5-flash-lite"] = "gemini-2.5-flash-lite",
            ["aws arn:aws:bedrock:us-east-1:123456789012:inference-profile/anthropic.claude-sonnet-4-5-20250929-v1:0"] = "regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
            ["azure gpt4o"] = null, // a deployment's name: PriceBook.WithBaseModel says what it is
            ["openrouter openai/gpt-4o:free"] = null, // free only where an entry says so
            ["groq accounts/fireworks/models/llama-3.3-70b-versatile"] = null,
            ["anthropic anthropic/claude-4-5-opus"] = "claude-opus-4-5",
            ["azure eastus-gpt-4o"] = null,
            ["fireworks fireworks/accounts/fireworks/models/gpt-oss-120b"] = "gpt-oss-120b",
            ["anthropic anthropic/claude-opus-4-6"] = "claude-opus-4-6",
            ["azure DeepSeek-V3"] = null,
            ["openrouter google/gemini-2.5-pro-preview:nitro"] = null, // the fastest host, at that host's price
            ["openrouter google/gemini-2.5-pro:nitro"] = null,
            ["openai openai/text-embedding-3-large"] = "text-embedding-3-large",
            ["openai gpt-5.5-chat-2024-08-06"] = null,
            ["vertex_ai publishers/google/models/gemini-3-pro-preview"] = "gemini-3-pro-preview",
            ["groq groq/openai/gpt-oss-safeguard-20b"] = "openai/gpt-oss-safeguard-20b",
            [" llama-3.3-70b-versatile"] = null,
            ["LiteLLM nosuch/gpt-4o"] = null,
            [" meta-llama/llama-3.3-70b-instruct"] = null,
            ["deepinfra Qwen/Qwen3-235B-A22B"] = null,
            ["perplexity perplexity/sonar"] = "sonar",
        };

        Assert.Equivalent(named, PriceVector.All.Where(v => v.MayBeResolved).DistinctBy(v => (v.Provider, v.Model)).ToDictionary(v => $"{v.Provider} {v.Model}", v => Quote(v)?.Model), strict: true);
    }

    private static void AssertNone(IEnumerable<PriceVector> vectors, Func<PriceVector, string?> fault)
    {
        var faults = vectors.Select(v => (Vector: v, Fault: fault(v))).Where(f => f.Fault is not null).Select(f => $"{f.Vector}: {f.Fault}").ToList();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static string? Difference(PriceVector vector)
    {
        if (Quote(vector) is not { } cost)
        {
            return vector.Amount("cost_usd_exact") is { } missed ? $"no price instead of {missed}" : null;
        }

        var want = (vector.Amount("cost_usd_exact"), vector.Amount("input_cost_exact"), vector.Amount("output_cost_exact"));
        var have = ((decimal?)cost.Amount, (decimal?)Sum(cost, IsInput), (decimal?)Sum(cost, b => b.IsOutputTokens()));
        var entry = (vector.Text("matched_provider"), vector.Text("matched_model"));
        return want == have && entry == (cost.Provider, cost.Model) ? null : $"{have} of {cost.Provider}/{cost.Model} instead of {want} of {entry}";
    }

    private static Cost? Quote(PriceVector vector)
    {
        vector.Inclusive.ToDisjoint(out var usage);
        if (vector.Count("web_searches") is { } searches)
        {
            usage[UsageBucket.WebSearch] = searches;
        }

        return Book.Quote(vector.Provider, vector.Model, in usage, vector.When);
    }

    // An overlap that was not reported matters only where the book would price it apart.
    private static bool IsNoticed(PriceVector vector) => vector.Inclusive.ToDisjoint(out _) switch
    {
        UsageIssue.None => false,
        UsageIssue.UnknownOverlap => IsApart(vector, vector.Inclusive.InputAudio, UsageBucket.CacheAudioRead)
            || IsApart(vector, vector.Inclusive.InputImage, UsageBucket.CacheImageRead),
        _ => true,
    };

    private static bool IsApart(PriceVector vector, long? count, UsageBucket cached) => count > 0 && Book.PricesApart(vector.Provider, vector.Model, cached);

    private static decimal Sum(Cost cost, Func<UsageBucket, bool> which)
    {
        var sum = 0m;
        foreach (var bucket in cost)
        {
            sum += which(bucket) ? cost[bucket] : 0;
        }

        return sum;
    }

    // Searches and requests are in the total only. The vectors have no other counts that are not tokens.
    private static bool IsInput(UsageBucket bucket) => bucket.IsInputTokens();
}
