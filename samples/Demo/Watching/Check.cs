namespace LlmTelemetry.Demo;

/// <summary>Looks whether everything can be seen: panels have data, an alert fires, and Alertmanager has it.</summary>
internal sealed class Check(Watched watched, IReadOnlyList<Panel> panels, TextWriter output)
{
    /// <summary>The alert that live traffic makes fire: it overspends a budget.</summary>
    public const string Alert = "LlmBudgetSpent";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Asks again and again until all is there.</summary>
    /// <param name="limit">For how long.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether it is.</returns>
    public async Task<bool> HoldsAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var missing = await MissingAsync(cancellationToken);
            if (missing.Count == 0)
            {
                await output.WriteLineAsync($"check: {panels.Count} panels have data, {Alert} fires, and Alertmanager has it.");
                return true;
            }

            if (TimeProvider.System.GetElapsedTime(begun) > limit)
            {
                await output.WriteLineAsync($"check: after {limit} there is still missing:\n  {string.Join("\n  ", missing)}");
                return false;
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    private async Task<IReadOnlyList<string>> MissingAsync(CancellationToken cancellationToken)
    {
        List<string> missing = [];
        foreach (var panel in panels)
        {
            var hasData = false;
            foreach (var query in panel.Queries)
            {
                hasData |= await watched.HasDataAsync(query, cancellationToken);
            }

            if (!hasData)
            {
                missing.Add($"data of {panel.Dashboard}: {panel.Title}");
            }
        }

        if (!(await watched.FiringAsync(cancellationToken)).Contains(Alert))
        {
            missing.Add($"{Alert} in Prometheus");
        }

        if (!(await watched.DeliveredAsync(cancellationToken)).Contains(Alert))
        {
            missing.Add($"{Alert} in Alertmanager");
        }

        return missing;
    }
}
