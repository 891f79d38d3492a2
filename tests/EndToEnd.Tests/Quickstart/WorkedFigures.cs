namespace LlmTelemetry.EndToEnd.Tests.Quickstart;

/// <summary>
/// One run of the Quickstart, worked out by hand from what the loopback endpoint reports (samples/Quickstart/Provider/ScriptedAnswers.cs) and
/// Anthropic's public prices; none of these numbers comes from our code.
/// </summary>
/// <remarks>
/// Prices in USD per million tokens, which is micro-dollars per token:
/// <code>
///                    input   cache write 5m   cache write 1h   cache read   output
/// claude-sonnet-5      2          2.50              4             0.20        10
/// claude-haiku-4-5     1          1.25              2             0.10         5
/// claude-opus-5        5          6.25             10             0.50        25
/// </code>
/// Calls, with what each bucket costs in micro-dollars:
/// <code>
///  1 ada   sonnet  1,200 in x 2 = 2,400                               340 out x 10 =  3,400     5,800
///  2 ada   sonnet  1,850 in x 2 = 3,700                               612 out x 10 =  6,120     9,820
///  3 bob   haiku   4,200 in x 1 = 4,200                               160 out x  5 =    800     5,000
///  4 bob   sonnet    690 in x 2 = 1,380                                84 out x 10 =    840     2,220
///  5 bob   sonnet    812 in x 2 = 1,624                                58 out x 10 =    580     2,204
///  6 cleo  sonnet     48 in x 2 =    96   6,000 written x 2.50 = 15,000   210 out x 10 =  2,100    17,196
///  7 dan   sonnet     52 in x 2 =   104   6,000 read    x 0.20 =  1,200   186 out x 10 =  1,860     3,164
///  8 cleo  opus      310 in x 5 = 1,550   9,000 1h      x 10   = 90,000 1,024 out x 25 = 25,600   117,150
///  9 cleo  opus      120 in x 5 =   600   9,000 read    x 0.50 =  4,500    96 out x 25 =  2,400     7,500
/// 10 eve   unlisted  900 in                                           250 out                no price
/// 11 dan   sonnet  fails with status 529                                                    no usage
/// 12 ada   sonnet    800 in x 2 = 1,600                                 1 out x 10 =     10     1,610
/// </code>
/// Call 12 is a stream left half way: known of it is what message_start says, 800 input tokens and a first output token.
/// By model: sonnet 1 + 2 + 4 + 5 + 6 + 7 + 12 = 5,800 + 9,820 + 2,220 + 2,204 + 17,196 + 3,164 + 1,610 = 42,014; haiku 5,000;
/// opus 117,150 + 7,500 = 124,650. Together 42,014 + 5,000 + 124,650 = 171,664.
/// By user: ada 5,800 + 9,820 + 1,610 = 17,230; bob 5,000 + 2,220 + 2,204 = 9,424; cleo 17,196 + 117,150 + 7,500 = 141,846; dan 3,164.
/// Together 17,230 + 9,424 + 141,846 + 3,164 = 171,664.
/// By feature: support 17,230; digest 5,000; orders 2,220 + 2,204 = 4,424; handbook 17,196 + 3,164 = 20,360; contracts 124,650. Together 171,664.
/// Input tokens, those read from and written to the cache included, as providers bill them:
/// sonnet 1,200 + 1,850 + 690 + 812 + 6,048 + 6,052 + 800 = 17,452; haiku 4,200; opus 9,310 + 9,120 = 18,430; unlisted 900; together 40,982.
/// Output tokens: sonnet 340 + 612 + 84 + 58 + 210 + 186 + 1 = 1,491; haiku 160; opus 1,024 + 96 = 1,120; unlisted 250; together 3,021.
/// Buckets in micro-dollars: sonnet in 2,400 + 3,700 + 1,380 + 1,624 + 96 + 104 + 1,600 = 10,904,
/// out 3,400 + 6,120 + 840 + 580 + 2,100 + 1,860 + 10 = 14,910, written 15,000, read 1,200 (42,014); opus in 1,550 + 600 = 2,150, out 25,600 + 2,400 = 28,000, 1h 90,000, read 4,500 (124,650).
/// All: in 10,904 + 4,200 + 2,150 = 17,254, out 14,910 + 800 + 28,000 = 43,710, 5m 15,000, 1h 90,000, read 1,200 + 4,500 = 5,700 (171,664).
/// </remarks>
internal static class WorkedFigures
{
    /// <summary>All of it; the name is the one in the printed tables.</summary>
    public static readonly Line Total = new("total", 12, 1, 40_982, 15_000, 3_021, 0.171664m, 1, 1, 1);

    public static readonly Line[] ByProvider = [Total with { Name = "anthropic" }];

    // A null cost is not known, which is not 0.
    public static readonly Line[] ByModel =
    [
        new("claude-opus-5", 2, 0, 18_430, 9_000, 1_120, 0.124650m, 0, 0, 0),
        new("claude-sonnet-5", 8, 1, 17_452, 6_000, 1_491, 0.042014m, 0, 1, 1),
        new("claude-haiku-4-5-20251001", 1, 0, 4_200, 0, 160, 0.005000m, 0, 0, 0),
        new("claude-unlisted-preview", 1, 0, 900, 0, 250, null, 1, 0, 0),
    ];

    public static readonly Line[] ByUser =
    [
        new("cleo", 3, 0, 24_478, 9_000, 1_330, 0.141846m, 0, 0, 0),
        new("ada", 3, 0, 3_850, 0, 953, 0.017230m, 0, 0, 1),
        new("bob", 3, 0, 5_702, 0, 302, 0.009424m, 0, 0, 0),
        new("dan", 2, 1, 6_052, 6_000, 186, 0.003164m, 0, 1, 0),
        new("eve", 1, 0, 900, 0, 250, null, 1, 0, 0),
    ];

    public static readonly Line[] ByFeature =
    [
        new("contracts", 2, 0, 18_430, 9_000, 1_120, 0.124650m, 0, 0, 0),
        new("handbook", 2, 0, 12_100, 6_000, 396, 0.020360m, 0, 0, 0),
        new("support", 4, 1, 3_850, 0, 953, 0.017230m, 0, 1, 1),
        new("digest", 1, 0, 4_200, 0, 160, 0.005000m, 0, 0, 0),
        new("orders", 2, 0, 1_502, 0, 142, 0.004424m, 0, 0, 0),
        new("playground", 1, 0, 900, 0, 250, null, 1, 0, 0),
    ];

    public static readonly BucketLine[] CostByBucket =
    [
        new("claude-opus-5", "cleo", 0.002150m, 0.004500m, 0m, 0.090000m, 0.028000m),
        new("claude-sonnet-5", "cleo", 0.000096m, 0m, 0.015000m, 0m, 0.002100m),
        new("claude-sonnet-5", "ada", 0.007700m, 0m, 0m, 0m, 0.009530m),
        new("claude-haiku-4-5-20251001", "bob", 0.004200m, 0m, 0m, 0m, 0.000800m),
        new("claude-sonnet-5", "bob", 0.003004m, 0m, 0m, 0m, 0.001420m),
        new("claude-sonnet-5", "dan", 0.000104m, 0.001200m, 0m, 0m, 0.001860m),
    ];

    public static readonly BucketLine AllBuckets = new("", "", 0.017254m, 0.005700m, 0.015000m, 0.090000m, 0.043710m);

    internal sealed record Line(
        string Name, long Calls, long Failed, long Input, long Cached, long Output, decimal? Cost, long Unpriced, long Unmeasured, long Partial)
    {
        /// <summary>The same after so many runs.</summary>
        public Line Times(int runs) =>
            new(Name, Calls * runs, Failed * runs, Input * runs, Cached * runs, Output * runs, Cost * runs, Unpriced * runs, Unmeasured * runs, Partial * runs);
    }

    internal sealed record BucketLine(string Model, string User, decimal Input, decimal CacheRead, decimal CacheWrite5m, decimal CacheWrite1h, decimal Output);
}
