using System.Runtime.CompilerServices;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Finished calls as the tests need them.</summary>
internal static class Calls
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public static UsageEvent Make(
        string? user = "alice",
        DateTimeOffset? at = null,
        long input = 100,
        long output = 10,
        long picoPerInput = 3_000_001,
        string? tenant = null,
        string? model = "claude-sonnet-4-5",
        string? feature = "search",
        CallOutcome outcome = CallOutcome.Completed,
        CostQuality quality = CostQuality.Reported,
        bool inconsistent = false,
        Int128? charge = null)
    {
        var call = new UsageEvent
        {
            CallId = Guid.NewGuid(),
            EndedAt = at ?? Noon,
            Operation = "chat",
            Provider = "anthropic",
            ResponseModel = model,
            Attribution = new Attribution(user, tenant, feature),
            Duration = TimeSpan.FromMilliseconds(1.5),
            Outcome = outcome,
            Quality = quality,
            UsageInconsistent = inconsistent,
            ChargePico = charge,
        };
        if (quality is CostQuality.Unmeasured)
        {
            return call;
        }

        var usage = default(CallUsage);
        usage[UsageBucket.Input] = input;
        usage[UsageBucket.Output] = output;
        call.SetUsage(in usage);
        if (quality is not CostQuality.Unpriced)
        {
            call.SetCost(Cost((UsageBucket.Input, (Int128)input * picoPerInput), (UsageBucket.Output, (Int128)output * 15_000_000)));
        }

        return call;
    }

    public static Cost Cost(params (UsageBucket Bucket, Int128 Pico)[] parts)
    {
        var cost = new Cost("anthropic", "claude-sonnet-4-5", "test");
        foreach (var (bucket, pico) in parts)
        {
            Set(ref cost, bucket, pico);
        }

        return cost;
    }

    // Prices are made in their own assembly only; what is tested here is that whatever they say is kept to the last digit.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Set")]
    private static extern void Set(ref Cost cost, UsageBucket bucket, Int128 pico);
}
