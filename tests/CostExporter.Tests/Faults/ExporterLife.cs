using System.Globalization;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>One exporter process (tests/ExporterProcess/UntilTold.cs) from its start to its end, and what it said it recorded and flushed.</summary>
internal sealed class ExporterLife : IAsyncDisposable
{
    private readonly Server _process;
    private readonly bool _journal;

    private ExporterLife(string name, Server process, bool journal)
    {
        Name = name;
        _process = process;
        _journal = journal;
    }

    /// <summary>The feature of all its calls.</summary>
    public string Name { get; }

    public bool IsRecording => _process.Output.Contains("\nf ", StringComparison.Ordinal);

    public bool WasKilled { get; private set; }

    public static ExporterLife Start(string name, string store, int seed, string? journal, bool unchecked_)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "LlmTelemetry.ExporterProcess.dll");
        string[] arguments = [program, "until-told", store, name, seed.ToString(CultureInfo.InvariantCulture), journal ?? "-", .. unchecked_ ? new[] { "unchecked" } : []];
        return new ExporterLife(name, Server.Start("dotnet", arguments), journal is not null);
    }

    public async Task KillAsync()
    {
        WasKilled = true;
        _process.Signal("KILL");
        await _process.KillAsync();
    }

    /// <summary>Has it send what is left, and waits until it has ended.</summary>
    public async Task EndAsync()
    {
        // Before its first line it would end without a word.
        await Eventually.HoldsAsync(() => Task.FromResult(_process.Output.Contains("r 1 ", StringComparison.Ordinal)), $"{Name} starts", TimeSpan.FromMinutes(2));
        _process.Signal("TERM");
        await Eventually.HoldsAsync(() => Task.FromResult(_process.HasExited), $"{Name} ends: {Tail()}", TimeSpan.FromMinutes(5));
        await _process.KillAsync();
        Assert.True(_process.Output.TrimEnd().EndsWith("\nend", StringComparison.Ordinal), $"{Name} did not end well: {Tail()}");
    }

    /// <summary>What must be in the store at least, and what may be there at most.</summary>
    public (UserTallies AtLeast, UserTallies AtMost) Bounds()
    {
        var rounds = new SortedDictionary<long, UserTallies>();
        long recorded = 0, flushed = 0;
        foreach (var words in _process.Output.Split('\n').Select(line => line.Split(' ')).Where(words => words.Length > 1))
        {
            // The last line of a killed process may be cut off: none that counts is without its number.
            var round = words[0] is "r" or "p" or "f" ? long.Parse(words[1], CultureInfo.InvariantCulture) : 0;
            switch (words[0])
            {
                case "r":
                    rounds.Add(round, Round(words[2..]));
                    break;
                case "p":
                    recorded = round;
                    break;
                case "f":
                    flushed = round;
                    break;
            }
        }

        // What a journal holds is in the store once the process that follows has sent it.
        var sure = WasKilled && !_journal ? flushed : recorded;
        return (UserTallies.Sum(rounds.Where(r => r.Key <= sure).Select(r => r.Value)), UserTallies.Sum(rounds.Values));
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static UserTallies Round(string[] sums)
    {
        var tallies = new UserTallies();
        foreach (var parts in sums.Select(sum => sum.Trim().Split(':')))
        {
            var who = parts[0].Split('|');
            tallies.Add(who[0], who[1].Length == 0 ? null : who[1], new Tally(Number(parts[1]), Number(parts[2]), Number(parts[3])));
        }

        return tallies;
    }

    private static Int128 Number(string text) => Int128.Parse(text, CultureInfo.InvariantCulture);

    private string Tail() => _process.Output is var output && output.Length > 2000 ? output[^2000..] : output;
}

/// <summary>Sums of users and tenants.</summary>
internal sealed class UserTallies
{
    private readonly Dictionary<(string? User, string? Tenant), Tally> _sums = [];

    public Tally Total => _sums.Values.Aggregate(default(Tally), (sum, user) => sum + user);

    public Tally this[(string? User, string? Tenant) who] => _sums.GetValueOrDefault(who);

    public IEnumerable<(string? User, string? Tenant)> Who => _sums.Keys;

    public void Add(string? user, string? tenant, Tally tally) => _sums[(user, tenant)] = _sums.GetValueOrDefault((user, tenant)) + tally;

    public static UserTallies Sum(IEnumerable<UserTallies> parts)
    {
        var sum = new UserTallies();
        foreach (var ((user, tenant), tally) in parts.SelectMany(part => part._sums))
        {
            sum.Add(user, tenant, tally);
        }

        return sum;
    }
}
