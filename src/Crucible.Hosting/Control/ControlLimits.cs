namespace Crucible.Hosting;

/// <summary>What a control server takes at most (I7, I8): whoever speaks to it can cost it this, and no more.</summary>
public static class ControlLimits
{
    /// <summary>Connections at once; one more is closed at once. A scraper, a few people and their scripts need ten.</summary>
    public const int MaxConnections = 64;

    /// <summary>Answers that are made at once: the others wait, and occupy no thread meanwhile.</summary>
    public const int MaxAnswersMade = 2;

    /// <summary>Whoever looks sees what was so this long ago at most; no answer is made more often, however many ask.</summary>
    public static readonly TimeSpan AnswerLifetime = TimeSpan.FromMilliseconds(50);

    /// <summary>Bytes of a request's body: the largest verb takes two addresses.</summary>
    public const int MaxBodyBytes = 16 << 10;

    /// <summary>Bytes of a request's first line.</summary>
    public const int MaxRequestLineBytes = 4 << 10;

    /// <summary>Bytes of all headers.</summary>
    public const int MaxHeaderBytes = 16 << 10;

    /// <summary>How long a client may take for its headers.</summary>
    public static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection may be kept without a request: scrapers come every few seconds.</summary>
    public static readonly TimeSpan KeepAliveTimeout = TimeSpan.FromSeconds(20);

    /// <summary>The end of a program waits no longer for answers under way.</summary>
    public static readonly TimeSpan StopTimeout = TimeSpan.FromMilliseconds(500);

    /// <summary>Jobs that one answer lists, the oldest.</summary>
    public const int MaxJobsListed = 1000;
}
