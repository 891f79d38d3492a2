namespace LlmTelemetry.Usage;

/// <summary>What a call will cost, in USD.</summary>
/// <param name="Prompt">What the prompt costs, with fees that every call pays: the least that the call costs.</param>
/// <param name="MaxOutput">What the longest answer costs.</param>
public sealed record CostEstimate(decimal Prompt, decimal MaxOutput)
{
    /// <summary>The most that the call costs.</summary>
    public decimal AtMost => Prompt + MaxOutput;
}

/// <summary>What the prompt cache did to the cost of a call, in USD.</summary>
/// <param name="Cost">What the call cost.</param>
/// <param name="WithoutCache">What it would have cost with all input at the uncached rate.</param>
public sealed record CacheSavings(decimal Cost, decimal WithoutCache)
{
    /// <summary>What was saved; below 0 where writing to the cache cost more than reading from it saved, such as a first call whose writes were never read.</summary>
    public decimal Saved => WithoutCache - Cost;
}

/// <summary>What a model costs for some usage.</summary>
/// <param name="Provider">As asked.</param>
/// <param name="Model">As asked.</param>
/// <param name="Cost">The cost in USD; null: no price is known.</param>
public readonly record struct ModelCost(string? Provider, string Model, decimal? Cost);
