using System.Diagnostics;

namespace LlmTelemetry.TestKit;

/// <summary>Polls something real until it holds, with a deadline. For servers and processes only: what has a TimeProvider gets <see cref="ManualTime"/>.</summary>
public static class Eventually
{
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what, TimeSpan? within = null)
    {
        var limit = within ?? TimeSpan.FromSeconds(30);
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > limit)
            {
                throw new TimeoutException($"Not within {limit}: {what}");
            }

            await Task.Delay(20);
        }
    }
}
