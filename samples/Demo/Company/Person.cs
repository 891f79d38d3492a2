namespace LlmTelemetry.Demo;

/// <summary>Somebody who uses the product.</summary>
/// <param name="User">The user's id.</param>
/// <param name="Tenant">The customer whom the user works for.</param>
/// <param name="Activity">How much more than others this one asks.</param>
/// <param name="Features">Indexes of the features used: few of each, as people do.</param>
internal sealed record Person(string User, string Tenant, double Activity, IReadOnlyList<int> Features)
{
    /// <summary>The one whose script runs away.</summary>
    public const string Runaway = "ravi";

    /// <summary>Who tries things out, in live traffic alone.</summary>
    public static Person Tester { get; } = new("tester", "acme", 0, []);

    private static readonly (string Tenant, string[] Users)[] Staff =
    [
        ("acme", ["ada", "bea", "carl", "dora", "emil", "finn", "gina", "hugo", "ines", "jan", "kira", "leo"]),
        ("globex", ["mia", "nils", "olga", "paul", Runaway, "sara", "timo", "uma"]),
        ("initech", ["vera", "walt", "xenia", "yuri", "zoe"]),
        ("hooli", ["anna", "bert", "cleo"]),
    ];

    /// <summary>28 people of four tenants. A few ask most, as everywhere.</summary>
    public static IReadOnlyList<Person> All { get; } = [.. Everybody()];

    private static IEnumerable<Person> Everybody()
    {
        var number = 0;
        foreach (var (tenant, users) in Staff)
        {
            foreach (var user in users)
            {
                // Everybody has the assistant; a second feature goes around; one of nine plays with what has no price.
                List<int> features = [0, 1 + (number % 4)];
                if (number % 9 == 4)
                {
                    features.Add(5);
                }

                yield return new(user, tenant, 0.4 + (3.0 / (1 + (number * 7 % 28))), user == Runaway ? [0, 4] : features);
                number++;
            }
        }
    }
}
